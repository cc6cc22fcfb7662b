using Baichuan.Compute.Cpu.Attention;
using Baichuan.Compute.Cpu.Products;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>
/// The table of kernels, one per instruction set, that the executor calls: chosen once, at start. Pointers and lengths are trusted; callers check
/// what comes from outside. All tables give the same bits.
/// </summary>
internal abstract unsafe class KernelSet
{
    /// <summary>Every set that this process can run, the fastest first; the scalar twin is the last.</summary>
    public static IReadOnlyList<KernelSet> Supported { get; } = [.. All().Where(k => k.IsSupported)];

    public static KernelSet Best => Supported[0];

    public abstract string Name { get; }

    /// <inheritdoc cref="ILanes{TSelf}.VectorBits"/>
    public abstract int VectorBits { get; }

    protected abstract bool IsSupported { get; }

    /// <summary>Rounds the outputs of a panel to the layout's type.</summary>
    /// <param name="weights">[inputs of the slice, 16]; outputs past the last are zero. All finite where the type is a whole number's.</param>
    /// <param name="panel">The start of the panel.</param>
    public abstract void WritePanel(PanelLayout layout, PanelSlice slice, float* weights, byte* panel);

    /// <inheritdoc cref="ActivationCoder{TLanes}.Encode"/>
    public abstract void Encode(PanelLayout layout, float* x, CodedRows row);

    /// <inheritdoc cref="CodedProducts{TLanes,TCodes}.Multiply"/>
    public abstract void Multiply(PanelLayout layout, byte* weights, CodedRows x, int rows, int firstPanel, int endPanel, float* y, nint yStride);

    /// <inheritdoc cref="FloatProducts{TLanes,TFloats}.Multiply"/>
    public abstract void Multiply(PanelLayout layout, byte* weights, float* x, nint xStride, int rows, int firstPanel, int endPanel, float* y, nint yStride);

    /// <inheritdoc cref="RmsNorm{TLanes}.Normalize"/>
    public abstract void Normalize(float* x, float* weight, float* result, int length, double epsilon);

    /// <inheritdoc cref="Elementwise{TLanes}.Add"/>
    public abstract void Add(float* x, float* y, int length);

    /// <inheritdoc cref="Elementwise{TLanes}.Multiply"/>
    public abstract void Multiply(float* x, float* y, int length);

    /// <inheritdoc cref="Elementwise{TLanes}.Mix"/>
    public abstract void Mix(float first, float* a, float second, float* b, float* result, int length);

    /// <inheritdoc cref="Elementwise{TLanes}.SiluMultiply"/>
    public abstract void SiluMultiply(float* gate, float* up, int length);

    /// <inheritdoc cref="Elementwise{TLanes}.Exp"/>
    public abstract void Exp(float* x, float shift, float factor, float* result, int length);

    /// <inheritdoc cref="Elementwise{TLanes}.Rotate"/>
    public abstract void Rotate(float* head, float* cos, float* sin, int half);

    /// <inheritdoc cref="RowScan{TLanes}.IsFinite"/>
    public abstract bool IsFinite(float* x, int length);

    /// <inheritdoc cref="RowScan{TLanes}.Largest"/>
    public abstract float Largest(float* x, int length);

    /// <inheritdoc cref="AttentionKernel{TLanes,TFloats,TElement}"/>
    public abstract void AttendF32(in AttentionTile tile);

    /// <inheritdoc cref="AttentionKernel{TLanes,TFloats,TElement}"/>
    public abstract void AttendBf16(in AttentionTile tile);

    private static IEnumerable<KernelSet> All() =>
        [new KernelSet<Lanes512>(), new KernelSet<Lanes256>(), new KernelSet<Lanes128>(), new KernelSet<ScalarLanes>()];
}

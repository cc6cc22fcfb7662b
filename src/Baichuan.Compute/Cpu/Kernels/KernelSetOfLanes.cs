namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>The kernels over one variant of lanes.</summary>
internal sealed unsafe class KernelSet<TLanes> : KernelSet
    where TLanes : unmanaged, ILanes<TLanes>
{
    public override string Name => TLanes.Name;

    protected override bool IsSupported => TLanes.IsSupported;

    public override void DotProducts(float* x, nint xStride, int rows, float* w, nint wStride, int outs, int length, float* y, nint yStride) =>
        DotProducts<TLanes, float>.Multiply(x, xStride, rows, w, wStride, outs, length, y, yStride);

    public override void DotProducts(float* x, nint xStride, int rows, Bf16* w, nint wStride, int outs, int length, float* y, nint yStride) =>
        DotProducts<TLanes, Bf16>.Multiply(x, xStride, rows, w, wStride, outs, length, y, yStride);

    public override void Normalize(float* x, float* weight, float* result, int length, double epsilon) =>
        RmsNorm<TLanes>.Normalize(x, weight, result, length, epsilon);

    public override void Add(float* x, float* y, int length) => Elementwise<TLanes>.Add(x, y, length);

    public override void Multiply(float* x, float* y, int length) => Elementwise<TLanes>.Multiply(x, y, length);

    public override void Mix(float first, float* a, float second, float* b, float* result, int length) =>
        Elementwise<TLanes>.Mix(first, a, second, b, result, length);

    public override void SiluMultiply(float* gate, float* up, int length) => Elementwise<TLanes>.SiluMultiply(gate, up, length);

    public override void Exp(float* x, float shift, float factor, float* result, int length) =>
        Elementwise<TLanes>.Exp(x, shift, factor, result, length);

    public override void Rotate(float* head, float* cos, float* sin, int half) => Elementwise<TLanes>.Rotate(head, cos, sin, half);

    public override void AttendF32(in AttentionTile tile) => Attention<TLanes, float>.Attend(tile);

    public override void AttendBf16(in AttentionTile tile) => Attention<TLanes, Bf16>.Attend(tile);
}

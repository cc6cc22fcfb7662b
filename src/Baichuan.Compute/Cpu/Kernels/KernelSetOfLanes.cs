using Baichuan.Compute.Cpu.Attention;
using Baichuan.Compute.Cpu.Products;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>The kernels over one variant of lanes.</summary>
internal sealed unsafe class KernelSet<TLanes> : KernelSet
    where TLanes : unmanaged, ILanes<TLanes>
{
    public override string Name => TLanes.Name;

    public override int VectorBits => TLanes.VectorBits;

    protected override bool IsSupported => TLanes.IsSupported;

    public override void WritePanel(PanelLayout layout, PanelSlice slice, float* weights, byte* panel)
    {
        panel += slice.Offset;
        switch (layout.Type)
        {
            case WeightType.INT8:
                CodedPanelWriter<TLanes, ByteCodes>.Write(layout, slice, weights, panel);
                break;
            case WeightType.INT4:
                CodedPanelWriter<TLanes, NibbleCodes>.Write(layout, slice, weights, panel);
                break;
            case WeightType.BF16:
                FloatPanelWriter<NarrowFloats>.Write(slice, weights, panel);
                break;
            default:
                FloatPanelWriter<WideFloats>.Write(slice, weights, panel);
                break;
        }
    }

    public override void Encode(PanelLayout layout, float* x, CodedRows row) => ActivationCoder<TLanes>.Encode(layout, x, row);

    public override void Multiply(PanelLayout layout, byte* weights, CodedRows x, int rows, int firstPanel, int endPanel, float* y, nint yStride)
    {
        if (layout.Type == WeightType.INT8)
            CodedProducts<TLanes, ByteCodes>.Multiply(layout, weights, x, rows, firstPanel, endPanel, y, yStride);
        else
            CodedProducts<TLanes, NibbleCodes>.Multiply(layout, weights, x, rows, firstPanel, endPanel, y, yStride);
    }

    public override void Multiply(PanelLayout layout, byte* weights, float* x, nint xStride, int rows, int firstPanel, int endPanel, float* y, nint yStride)
    {
        if (layout.Type == WeightType.BF16)
            FloatProducts<TLanes, NarrowFloats>.Multiply(layout, weights, x, xStride, rows, firstPanel, endPanel, y, yStride);
        else
            FloatProducts<TLanes, WideFloats>.Multiply(layout, weights, x, xStride, rows, firstPanel, endPanel, y, yStride);
    }

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

    public override bool IsFinite(float* x, int length) => RowScan<TLanes>.IsFinite(x, length);

    public override float Largest(float* x, int length) => RowScan<TLanes>.Largest(x, length);

    public override void AttendF32(in AttentionTile tile) => AttentionKernel<TLanes, WideFloats, float>.Attend(tile);

    public override void AttendBf16(in AttentionTile tile) => AttentionKernel<TLanes, NarrowFloats, Bf16>.Attend(tile);
}

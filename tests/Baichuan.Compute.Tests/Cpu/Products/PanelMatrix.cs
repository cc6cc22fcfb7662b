using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Products;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Tests.Cpu.Products;

/// <summary>A matrix in panels, written and multiplied by one set of kernels.</summary>
internal sealed unsafe class PanelMatrix : IDisposable
{
    private readonly NativeHeap _heap = new();
    private readonly KernelSet _kernels;
    private readonly byte* _panels;

    public PanelMatrix(KernelSet kernels, WeightType type, ProductShape shape, float[] weights)
    {
        _kernels = kernels;
        Layout = new PanelLayout(type, shape.Outputs, shape.SliceInputs);
        _panels = _heap.Allocate<byte>(Layout.Bytes);
        for (var panel = 0; panel < Layout.Panels; panel++)
        {
            foreach (var slice in Layout.Slices)
            {
                var turned = Turn(weights, slice, panel * Lanes.Count);
                fixed (float* values = turned)
                    kernels.WritePanel(Layout, slice, values, _panels + ((nint)panel * Layout.PanelBytes));
            }
        }
    }

    public PanelLayout Layout { get; }

    public ReadOnlySpan<byte> Panels => new(_panels, checked((int)Layout.Bytes));

    /// <summary>y [rows, outputs] in runs of <paramref name="partPanels"/> panels of each stream, its bits.</summary>
    public uint[] Multiply(float[] x, int rows, int partPanels)
    {
        var y = new float[rows * Layout.Outputs];
        var coded = new CodedActivations(_heap, Layout.Type, rows, Math.Max(1, Layout.Inputs), Layout.Slices.Length).For(Layout);
        fixed (float* source = x, destination = y)
        {
            for (var r = 0; r < rows && Layout.Type.IsCoded(); r++)
                _kernels.Encode(Layout, source + (r * Layout.Inputs), coded.From(r));
            for (var p = 0; p < Layout.StreamPanels; p += partPanels)
            {
                var end = Math.Min(p + partPanels, Layout.StreamPanels);
                if (Layout.Type.IsCoded())
                    _kernels.Multiply(Layout, _panels, coded, rows, p, end, destination, Layout.Outputs);
                else
                    _kernels.Multiply(Layout, _panels, source, Layout.Inputs, rows, p, end, destination, Layout.Outputs);
            }
        }

        return [.. y.Select(BitConverter.SingleToUInt32Bits)];
    }

    public void Dispose() => _heap.Dispose();

    /// <summary>[inputs of the slice, 16] from <paramref name="firstOutput"/> on. At least one number, so that its address is not null.</summary>
    private float[] Turn(float[] weights, PanelSlice slice, int firstOutput)
    {
        var turned = new float[Math.Max(1, slice.Inputs * Lanes.Count)];
        for (var k = 0; k < slice.Inputs; k++)
        {
            for (var lane = 0; lane < Lanes.Count && firstOutput + lane < Layout.Outputs; lane++)
                turned[(k * Lanes.Count) + lane] = weights[((firstOutput + lane) * Layout.Inputs) + slice.FirstInput + k];
        }

        return turned;
    }
}

using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Products;
using Baichuan.Compute.Threads;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>Codes the rows of a product's input.</summary>
internal sealed unsafe class ActivationCodingJob(KernelSet kernels, ComputePool pool) : ComputeJob
{
    private const int PartRows = 4;

    private PanelLayout _layout = null!;
    private float* _x;
    private nint _xStride;
    private CodedRows _rows;

    public void Run(PanelLayout layout, float* x, nint xStride, int count, CodedRows rows)
    {
        _layout = layout;
        _x = x;
        _xStride = xStride;
        _rows = rows;
        pool.Run(this, count, PartRows);
    }

    protected internal override void RunPart(int start, int end)
    {
        for (var row = start; row < end; row++)
            kernels.Encode(_layout, _x + (row * _xStride), _rows.From(row));
    }
}

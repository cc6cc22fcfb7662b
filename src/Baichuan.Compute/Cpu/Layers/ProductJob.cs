using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Products;
using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Threads;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>
/// y[rows, outputs] = x[rows, inputs] W[outputs, inputs]^T: threads take panels of all streams, so that each weight is read from memory by one of them, once. Rows are coded
/// before, each once, where the weights are whole numbers.
/// </summary>
internal sealed unsafe class ProductJob : ComputeJob
{
    // Long runs keep the prefetcher going; short ones at the end let the threads finish together.
    private const int PartBytes = 64 * 1024;

    private readonly KernelSet _kernels;
    private readonly ComputePool _pool;
    private readonly CodedActivations _coded;
    private readonly ActivationCodingJob _coding;

    private WeightMatrix _matrix = null!;
    private float* _x;
    private nint _xStride;
    private int _rows;
    private float* _y;
    private nint _yStride;

    public ProductJob(KernelSet kernels, ComputePool pool, CodedActivations coded)
    {
        (_kernels, _pool, _coded) = (kernels, pool, coded);
        _coding = new ActivationCodingJob(kernels, pool);
    }

    /// <param name="x">[rows, inputs], rows <paramref name="xStride"/> apart.</param>
    /// <param name="y">[rows, outputs], rows <paramref name="yStride"/> apart: written.</param>
    public void Run(WeightMatrix matrix, float* x, nint xStride, int rows, float* y, nint yStride)
    {
        _matrix = matrix;
        _x = x;
        _xStride = xStride;
        _rows = rows;
        _y = y;
        _yStride = yStride;
        if (matrix.Layout.Type.IsCoded())
            _coding.Run(matrix.Layout, x, xStride, rows, _coded.For(matrix.Layout));
        _pool.Run(this, matrix.Layout.StreamPanels, Math.Max(1, PartBytes / Math.Max(1, PanelLayout.Streams * matrix.Layout.PanelBytes)));
    }

    protected internal override void RunPart(int start, int end)
    {
        var layout = _matrix.Layout;
        if (layout.Type.IsCoded())
            _kernels.Multiply(layout, _matrix.Panels, _coded.For(layout), _rows, start, end, _y, _yStride);
        else
            _kernels.Multiply(layout, _matrix.Panels, _x, _xStride, _rows, start, end, _y, _yStride);
        if (_matrix.OutputFactors is null)
            return;
        for (var stream = 0; stream < PanelLayout.Streams; stream++)
        {
            var outputs = layout.OutputsOf(stream, start, end);
            for (nint row = 0; row < _rows; row++)
                _kernels.Multiply(_y + (row * _yStride) + outputs.Start, _matrix.OutputFactors + outputs.Start, outputs.Count);
        }
    }
}

using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Threads;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>
/// y[rows, out] = x[rows, in] W[out, in]^T: threads take outputs, so that each weight is read from memory by one of them, once. With several column groups
/// the partial sums of a tile are added in the reduction tree; an empty group adds its +0 as it does on a rank of its own.
/// </summary>
internal sealed unsafe class ProductJob(KernelSet kernels, ComputePool pool) : ComputeJob
{
    private const int PartOuts = 32;
    private const int GroupTileRows = 16;

    private WeightMatrix _matrix = null!;
    private float* _x;
    private nint _xStride;
    private int _rows;
    private float* _y;
    private nint _yStride;

    public void Run(WeightMatrix matrix, float* x, nint xStride, int rows, float* y, nint yStride)
    {
        _matrix = matrix;
        _x = x;
        _xStride = xStride;
        _rows = rows;
        _y = y;
        _yStride = yStride;
        pool.Run(this, matrix.Rows, PartOuts);
    }

    protected internal override void RunPart(int start, int end)
    {
        var outs = end - start;
        if (_matrix.Groups.Count == 1)
            _matrix.MultiplyGroup(kernels, 0, _x, _xStride, _rows, start, outs, _y + start, _yStride);
        else
            AddGroups(start, outs);
        if (_matrix.RowFactors is null)
            return;
        for (nint row = 0; row < _rows; row++)
            kernels.Multiply(_y + (row * _yStride) + start, _matrix.RowFactors + start, outs);
    }

    private void AddGroups(int start, int outs)
    {
        // [groups, GroupTileRows, PartOuts]
        const int GroupLength = GroupTileRows * PartOuts;
        var groups = _matrix.Groups.Count;
        var partial = stackalloc float[groups * GroupLength];
        for (var first = 0; first < _rows; first += GroupTileRows)
        {
            var rows = Math.Min(GroupTileRows, _rows - first);
            for (var g = 0; g < groups; g++)
            {
                var x = _x + (first * _xStride) + _matrix.Groups[g].FirstColumn;
                _matrix.MultiplyGroup(kernels, g, x, _xStride, rows, start, outs, partial + (g * GroupLength), PartOuts);
            }

            AddTree(partial, groups, GroupLength);
            for (var r = 0; r < rows; r++)
                new Span<float>(partial + (r * PartOuts), outs).CopyTo(new Span<float>(_y + ((first + r) * _yStride) + start, outs));
        }
    }

    /// <summary>Adds leaves of <paramref name="length"/> values, one behind the other, into the first.</summary>
    private void AddTree(float* leaves, int count, int length)
    {
        if (count == 1)
            return;
        var left = ReductionTree.LeftLeaves(count);
        var right = leaves + (left * length);
        AddTree(leaves, left, length);
        AddTree(right, count - left, length);
        kernels.Add(leaves, right, length);
    }
}

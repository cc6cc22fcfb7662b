using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.State;
using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Sequences;
using Baichuan.Compute.Threads;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>
/// Row by row: the short convolution over raw k and v, k'[t] = c0 k[t-1] + c1 k[t] (k[-1] = 0), the rotary embedding of q and k', and K', V' into the cache.
/// Raw k and v stay as they are: they are the next row's previous ones.
/// </summary>
internal sealed unsafe class KeyValueJob : ComputeJob
{
    private const int PartRows = 4;

    private readonly KernelSet _kernels;
    private readonly ComputePool _pool;
    private readonly ActivationBuffers _buffers;
    private readonly SequenceTable _sequences;
    private readonly StepRows _rows;

    // Raw k, v before position 0: [2 * kvHeads * headDim]
    private readonly float* _zeros;

    private LayerWeights _layer = null!;
    private KvPool _cache = null!;
    private RotaryTable _rotary = null!;

    public KeyValueJob(
        KernelSet kernels, ComputePool pool, NativeHeap heap, ActivationBuffers buffers, SequenceTable sequences, StepRows rows, IReadOnlyList<LayerWeights> layers)
    {
        (_kernels, _pool, _buffers, _sequences, _rows) = (kernels, pool, buffers, sequences, rows);
        _zeros = heap.AllocateZeroed<float>(layers.Max(l => 2 * l.Cut.KvHeads.Count * l.Geometry.HeadDim));
    }

    private int HeadDim => _layer.Geometry.HeadDim;

    private int QueryLength => _layer.Cut.Heads.Count * HeadDim;

    private int KeyLength => _layer.Cut.KvHeads.Count * HeadDim;

    public void Run(LayerWeights layer, KvPool cache, RotaryTable rotary)
    {
        (_layer, _cache, _rotary) = (layer, cache, rotary);
        _pool.Run(this, _rows.Count, PartRows);

        // Only now: rows of one chunk run on several threads, and the first of them reads what the last one leaves.
        for (var c = 0; c < _rows.Chunks.Length; c++)
        {
            var chunk = _rows.Chunks[c];
            var last = Row(_rows.FirstRow(c) + chunk.Count - 1) + QueryLength;
            new Span<float>(last, 2 * KeyLength).CopyTo(new Span<float>(cache.Raw(chunk.Sequence), 2 * KeyLength));
        }
    }

    protected internal override void RunPart(int start, int end)
    {
        for (var row = start; row < end; row++)
        {
            for (var head = 0; head < _layer.Cut.Heads.Count; head++)
                _kernels.Rotate(Row(row) + (head * HeadDim), _rotary.Cos(row), _rotary.Sin(row), _rotary.Half);
            if (_rows.WritesCache(row))
                Cache(row);
        }
    }

    private void Cache(int row)
    {
        var raw = Row(row) + QueryLength;
        var previous = Previous(row);
        var (block, slot) = Math.DivRem(_rows.Position(row), KvBlockCounts.BlockPositions);
        var blockId = _sequences.Blocks(_rows.ChunkOf(row).Sequence, _layer.Kind)[block];
        // The row's place in the context is free until attention runs.
        var mixed = _buffers.Context + ((nint)row * QueryLength);
        for (var head = 0; head < _layer.Cut.KvHeads.Count; head++)
        {
            var (key, value) = (head * HeadDim, KeyLength + (head * HeadDim));
            var keyFactors = _layer.KeyConvolution + (2 * head);
            var valueFactors = _layer.ValueConvolution + (2 * head);
            _kernels.Mix(keyFactors[0], previous + key, keyFactors[1], raw + key, mixed, HeadDim);
            _kernels.Rotate(mixed, _rotary.Cos(row), _rotary.Sin(row), _rotary.Half);
            _cache.WriteKey(blockId, head, slot, new ReadOnlySpan<float>(mixed, HeadDim));
            _kernels.Mix(valueFactors[0], previous + value, valueFactors[1], raw + value, mixed, HeadDim);
            _cache.WriteValue(blockId, head, slot, new ReadOnlySpan<float>(mixed, HeadDim));
        }
    }

    private float* Previous(int row)
    {
        if (_rows.Position(row) == 0)
            return _zeros;
        return _rows.IsFirstOfChunk(row) ? _cache.Raw(_rows.ChunkOf(row).Sequence) : Row(row - 1) + QueryLength;
    }

    private float* Row(int row) => _buffers.QueryKeyValue + ((nint)row * _layer.QueryKeyValue.Outputs);
}

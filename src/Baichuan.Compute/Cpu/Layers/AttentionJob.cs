using Baichuan.Compute.Cpu.Attention;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.State;
using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Sequences;
using Baichuan.Compute.Threads;
using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>Attention of all rows and heads of a layer over the cache; an index is a tile of rows and a tile of heads.</summary>
internal sealed unsafe class AttentionJob(
    KernelSet kernels, ComputePool pool, ActivationBuffers buffers, SequenceTable sequences, StepRows rows, RowTiles tiles, ModelConfig config, KvType type) : ComputeJob
{
    private LayerWeights _layer = null!;
    private HeadTile[] _heads = null!;
    private KvPool _cache = null!;

    public void Run(LayerWeights layer, HeadTile[] heads, KvPool cache)
    {
        (_layer, _heads, _cache) = (layer, heads, cache);
        pool.Run(this, tiles.All.Length * heads.Length, 1);
    }

    protected internal override void RunPart(int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            var tile = Tile(tiles.All[i / _heads.Length], _heads[i % _heads.Length]);
            if (type == KvType.BF16)
                kernels.AttendBf16(tile);
            else
                kernels.AttendF32(tile);
        }
    }

    private AttentionTile Tile(RowTile tile, HeadTile heads)
    {
        var headDim = _layer.Geometry.HeadDim;
        var (queryStride, contextStride) = (_layer.QueryKeyValue.Outputs, _layer.AttentionOutput.Inputs);
        return new AttentionTile
        {
            Queries = buffers.QueryKeyValue + ((nint)tile.FirstRow * queryStride) + (heads.FirstHead * headDim),
            QueryStride = queryStride,
            Context = buffers.Context + ((nint)tile.FirstRow * contextStride) + (heads.FirstHead * headDim),
            ContextStride = contextStride,
            Rows = tile.Rows,
            Heads = heads.Heads,
            HeadDim = headDim,
            Position = rows.Position(tile.FirstRow),
            Window = _layer.Kind == LayerKind.Sliding ? config.SlidingWindow : int.MaxValue,
            Blocks = sequences.Blocks(rows.ChunkOf(tile.FirstRow).Sequence, _layer.Kind),
            Keys = _cache.Keys(heads.KvHead),
            Values = _cache.Values(heads.KvHead),
            BlockStride = _cache.BlockStride,
        };
    }
}

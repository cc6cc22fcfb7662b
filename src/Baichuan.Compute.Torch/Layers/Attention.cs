using Baichuan.Compute.Torch.Cache;
using Baichuan.Compute.Torch.Step;
using Baichuan.Compute.Torch.Weights;
using Baichuan.Model.Execution;
using TorchSharp;

namespace Baichuan.Compute.Torch.Layers;

/// <summary>
/// The attention half of a decoder layer over a rank's heads: O(Attn(RMSNorm(x))), with the short convolution on raw keys and values, the rotary
/// embedding, and keys and values read back from the pool, in the pool's type, for the rows being written too. Owns the layer's cache.
/// </summary>
internal sealed class Attention(LayerWeights weights, KvPool pool, RawPairs pairs, HeadGrid grid, int heads, int headDim, double epsilon)
{
    /// <summary>The rank's term of the sum over ranks: [rows, hidden].</summary>
    /// <param name="x">[rows, hidden]</param>
    public torch.Tensor Partial(torch.Tensor x, StepTensors step)
    {
        var queryWidth = heads * headDim;
        var kind = step.Of(weights.Kind);
        var packed = MatrixProduct.Of(RmsNorm.Of(x, weights.InputNorm, epsilon), weights.QueryKeyValue);
        var queries = kind.Rotary.Turn(packed.narrow(1, 0, queryWidth).unflatten(1, heads, headDim));
        var raw = packed.narrow(1, queryWidth, 2 * grid.KvHeads * headDim).unflatten(1, 2, grid.KvHeads, headDim);
        Write(raw, step, kind);

        var context = torch.empty([x.shape[0], queryWidth], dtype: torch.ScalarType.Float32, device: x.device);
        foreach (var chunk in kind.Chunks)
        {
            using var scope = torch.NewDisposeScope();
            var seen = Attend(queries.narrow(0, chunk.Row, chunk.Count), chunk);
            context.narrow(0, chunk.Row, chunk.Count).copy_(seen);
        }

        return MatrixProduct.Of(context, weights.AttentionOutput);
    }

    /// <summary>Zeroes a block if it is of the layer's kind.</summary>
    public void Zero(in KvBlock zeroed)
    {
        if (zeroed.Kind == weights.Kind)
            pool.Zero(zeroed.Block);
    }

    // raw: [rows, 2 (keys, values), kvHeads, headDim], before convolution and rotation
    private void Write(torch.Tensor raw, StepTensors step, KindTensors kind)
    {
        var before = pairs.Before(raw, step.FirstRows, step.PairsBefore);
        pairs.Keep(raw, step.LastRows, step.Sequences);
        var convolved = (weights.Convolution[0] * before) + (weights.Convolution[1] * raw);
        var keys = kind.Rotary.Turn(convolved.select(1, 0));
        var values = convolved.select(1, 1);
        if (step.WrittenRows is { } written)
            (keys, values) = (keys.index_select(0, written), values.index_select(0, written));
        pool.Write(kind.WrittenSlots, keys, values);
    }

    // queries: [rows, heads, headDim]; returns [rows, heads * headDim]
    private torch.Tensor Attend(torch.Tensor queries, ChunkTensors chunk)
    {
        var (keys, values) = pool.Read(chunk.VisibleSlots);
        long[] shape = [grid.KvHeads, grid.Queries, keys.shape[2], headDim];
        return grid.Collect(torch.nn.functional.scaled_dot_product_attention(
            grid.Spread(queries), keys.expand(shape), values.expand(shape), chunk.Mask));
    }
}

namespace Baichuan.Model.Plan;

/// <summary>Lists the tensor slices of a shard: gate, up and W_pack by rows, o_proj and down by columns, embedding and head by vocabulary rows.</summary>
internal static class ShardTensors
{
    public static IEnumerable<TensorSlice> Of(ModelConfig config, Shard shard)
    {
        var hidden = config.HiddenSize;
        var all = new IndexRange(0, hidden);
        if (shard.IsFirstStage)
            yield return new(TensorNames.Embedding, [config.VocabularySize, hidden], [shard.Vocabulary], all);
        for (var layer = shard.Layers.Start; layer < shard.Layers.End; layer++)
        {
            foreach (var slice in OfLayer(config, shard, layer))
                yield return slice;
        }

        if (!shard.IsLastStage)
            yield break;
        yield return Vector(TensorNames.FinalNorm, hidden);
        yield return new(TensorNames.Head, [config.VocabularySize, hidden], [shard.Vocabulary], all);
    }

    private static IEnumerable<TensorSlice> OfLayer(ModelConfig config, Shard shard, int layer)
    {
        var (hidden, inner) = (config.HiddenSize, config.IntermediateSize);
        var all = new IndexRange(0, hidden);
        var geometry = config.Attention(layer);
        var cut = shard.Attention(config.KindOf(layer));
        var headColumns = Scale(cut.Heads, geometry.HeadDim, 0);
        var keyRows = geometry.Heads * geometry.HeadDim;
        var valueRows = keyRows + (geometry.KvHeads * geometry.HeadDim);
        var packedRows = valueRows + (geometry.KvHeads * geometry.HeadDim);
        int[] convolution = [1, 1, geometry.KvHeads, 1, 2];

        yield return Vector(TensorNames.InputNorm(layer), hidden);
        yield return new(TensorNames.QueryKeyValue(layer), [packedRows, hidden],
            [headColumns, Scale(cut.KvHeads, geometry.HeadDim, keyRows), Scale(cut.KvHeads, geometry.HeadDim, valueRows)], all);
        yield return new(TensorNames.KeyConvolution(layer), convolution, [cut.KvHeads], new(0, 2));
        yield return new(TensorNames.ValueConvolution(layer), convolution, [cut.KvHeads], new(0, 2));
        yield return new(TensorNames.AttentionOutput(layer), [hidden, hidden], [all], headColumns);
        yield return Vector(TensorNames.FfnNorm(layer), hidden);
        yield return new(TensorNames.Gate(layer), [inner, hidden], [shard.FfnColumns], all);
        yield return new(TensorNames.Up(layer), [inner, hidden], [shard.FfnColumns], all);
        yield return new(TensorNames.Down(layer), [hidden, inner], [all], shard.FfnColumns);
    }

    private static TensorSlice Vector(string name, int length) => new(name, [length], [new(0, length)], new(0, 1));

    private static IndexRange Scale(IndexRange heads, int headDim, int offset) => new(offset + (heads.Start * headDim), offset + (heads.End * headDim));
}

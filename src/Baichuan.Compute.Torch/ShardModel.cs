using Baichuan.Compute.Torch.Cache;
using Baichuan.Compute.Torch.Layers;
using Baichuan.Compute.Torch.Weights;
using Baichuan.Model;
using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch;

/// <summary>A shard's part of the network on its device: weights, and the caches that its layers keep.</summary>
internal sealed class ShardModel
{
    public ShardModel(SliceLoader loader, ModelConfig config, Shard shard, ExecutorOptions options, torch.Device device)
    {
        var type = options.Weights == WeightType.F32 ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16;
        if (shard.IsFirstStage)
            Embedding = new Embedding(loader.Matrix(TensorNames.Embedding, type), shard.Vocabulary.Start);
        var globalGrid = new HeadGrid(shard.Global, config.Global, device);
        var slidingGrid = new HeadGrid(shard.Sliding, config.Sliding, device);
        for (var layer = shard.Layers.Start; layer < shard.Layers.End; layer++)
        {
            var weights = new LayerWeights(loader, config, layer, type);
            var grid = weights.Kind == LayerKind.Global ? globalGrid : slidingGrid;
            Layers.Add(new DecoderLayer(AttentionOf(weights, grid, config, shard, options, device), new FeedForward(weights, config.RmsNormEpsilon)));
        }

        if (!shard.IsLastStage)
            return;
        var (rows, scale) = loader.Head(TensorNames.Head, type);
        Head = new VocabularyHead(loader.Vector(TensorNames.FinalNorm), rows, scale, config.RmsNormEpsilon);
    }

    /// <summary>On the first stage.</summary>
    public Embedding? Embedding { get; }

    public List<DecoderLayer> Layers { get; } = [];

    /// <summary>On the last stage.</summary>
    public VocabularyHead? Head { get; }

    private static Attention AttentionOf(LayerWeights weights, HeadGrid grid, ModelConfig config, Shard shard, ExecutorOptions options, torch.Device device)
    {
        var (heads, headDim) = (shard.Attention(weights.Kind).Heads.Count, config.Attention(weights.Kind).HeadDim);
        var type = options.KvCache == KvType.F32 ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16;
        var slots = (long)options.Blocks.Of(weights.Kind) * KvBlockCounts.BlockPositions;
        var pool = new KvPool(slots, grid.KvHeads, headDim, type, device);
        return new Attention(weights, pool, new RawPairs(options.MaxSequences, grid.KvHeads, headDim, device), grid, heads, headDim, config.RmsNormEpsilon);
    }
}

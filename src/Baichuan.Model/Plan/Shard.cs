namespace Baichuan.Model.Plan;

/// <summary>What one device holds of the model: rank <paramref name="Rank"/> of stage <paramref name="Stage"/>. Plain data.</summary>
/// <param name="Index">Stage * T + rank: the shard's number in its replica.</param>
/// <param name="Layers">The decoder layers of its stage.</param>
/// <param name="Groups">The reduction groups whose partial sums this rank forms.</param>
/// <param name="Vocabulary">The rows of the embedding (first stage) and of the head (last stage) that it holds.</param>
/// <param name="FfnGroups">The gate, up and down columns by reduction group, in order and contiguous; some may be empty.</param>
/// <param name="Tensors">Every tensor slice that the shard reads.</param>
public sealed record Shard(
    int Index,
    int Stage,
    int Rank,
    bool IsFirstStage,
    bool IsLastStage,
    IndexRange Layers,
    IndexRange Groups,
    IndexRange Vocabulary,
    AttentionCut Global,
    AttentionCut Sliding,
    IReadOnlyList<IndexRange> FfnGroups,
    IReadOnlyList<TensorSlice> Tensors)
{
    public IndexRange FfnColumns => new(FfnGroups[0].Start, FfnGroups[^1].End);

    public AttentionCut Attention(LayerKind kind) => kind == LayerKind.Global ? Global : Sliding;
}

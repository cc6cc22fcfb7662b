namespace Baichuan.Model;

/// <summary>The heads of one kind of layer: query head h reads KV head h / (Heads / KvHeads).</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads; divides <paramref name="Heads"/>.</param>
/// <param name="HeadDim">Values per head: hidden size / <paramref name="Heads"/>.</param>
public readonly record struct AttentionGeometry(int Heads, int KvHeads, int HeadDim)
{
    /// <summary>Query heads that share one KV head.</summary>
    public int QueriesPerKvHead => Heads / KvHeads;

    /// <summary>The KV heads that a range of query heads reads.</summary>
    public IndexRange KvHeadsOf(IndexRange heads) =>
        heads.IsEmpty ? default : new(heads.Start / QueriesPerKvHead, ((heads.End - 1) / QueriesPerKvHead) + 1);
}

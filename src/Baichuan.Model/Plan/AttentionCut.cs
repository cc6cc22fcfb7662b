namespace Baichuan.Model.Plan;

/// <summary>The heads of one kind of layer that a rank owns.</summary>
/// <param name="Heads">Its query heads, contiguous.</param>
/// <param name="KvHeads">The KV heads that these read; another rank may hold a replica of the first or last of them.</param>
/// <param name="GroupHeads">The query heads by reduction group, in order; together they are <paramref name="Heads"/>, and some may be empty.</param>
public sealed record AttentionCut(IndexRange Heads, IndexRange KvHeads, IReadOnlyList<IndexRange> GroupHeads);

namespace Baichuan.Model.Text.Bpe;

/// <summary>Which pairs of neighbouring tokens merge, in what order, into what. Immutable.</summary>
internal sealed class MergeTable
{
    private readonly Dictionary<long, (int Rank, int Merged)> _pairs;

    public MergeTable(IReadOnlyList<Merge> merges)
    {
        _pairs = new(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
            _pairs.Add(Key(merges[rank].Left, merges[rank].Right), (rank, merges[rank].Merged));
    }

    public bool TryGet(int left, int right, out int rank, out int merged)
    {
        var found = _pairs.TryGetValue(Key(left, right), out var pair);
        (rank, merged) = pair;
        return found;
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}

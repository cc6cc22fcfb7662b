using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Blocks;

/// <summary>
/// Promises of blocks to running sequences. A sequence is admitted only with the most that it can ever hold set aside, so that it never
/// runs out half-way.
/// </summary>
internal sealed class BlockBudget(KvBlockCounts total, int slidingWindow, int maxBatchRows)
{
    // The rows of one chunk see W - 1 positions before the first of them.
    private readonly int _mostSliding = MostBlocks(slidingWindow - 1 + maxBatchRows);

    public KvBlockCounts Total => total;

    public KvBlockCounts Reserved { get; private set; }

    /// <summary>The most blocks that a sequence of this length holds at any time. Its last token is never run: nothing follows it.</summary>
    public KvBlockCounts Need(int length)
    {
        var all = KvBlockCounts.For(length - 1);
        return new KvBlockCounts(all, Math.Min(all, _mostSliding));
    }

    /// <summary>The longest sequence that empty pools can hold, up to <paramref name="maxContext"/>.</summary>
    public int LongestSequence(int maxContext)
    {
        var longest = Math.Min(maxContext, LongestOn(total.Global));
        return total.Sliding >= _mostSliding ? longest : Math.Min(longest, LongestOn(total.Sliding));
    }

    /// <summary>Sets blocks aside unless too many are promised already.</summary>
    public bool TryReserve(KvBlockCounts need)
    {
        if (Reserved.Global + need.Global > total.Global || Reserved.Sliding + need.Sliding > total.Sliding)
            return false;
        Reserved = new KvBlockCounts(Reserved.Global + need.Global, Reserved.Sliding + need.Sliding);
        return true;
    }

    public void Return(KvBlockCounts need) => Reserved = new KvBlockCounts(Reserved.Global - need.Global, Reserved.Sliding - need.Sliding);

    public void Reset() => Reserved = default;

    /// <summary>Blocks that consecutive positions touch when they start at the worst place: the last position of a block.</summary>
    private static int MostBlocks(int positions) => KvBlockCounts.For(positions + KvBlockCounts.BlockPositions - 1);

    private static int LongestOn(int blocks) => (int)Math.Min(int.MaxValue, ((long)blocks * KvBlockCounts.BlockPositions) + 1);
}

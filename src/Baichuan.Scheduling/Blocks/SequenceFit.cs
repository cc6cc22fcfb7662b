using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Blocks;

/// <summary>How many blocks a sequence can come to hold, and which lengths the pools can hold at all. A sequence that fits is never stuck for blocks
/// when it is the most urgent one that runs: every other one gives way.</summary>
public sealed class SequenceFit(KvBlockCounts total, int slidingWindow, int maxBatchRows)
{
    // The rows of one chunk see W - 1 positions before the first of them.
    private readonly int _mostSliding = MostBlocks(slidingWindow - 1 + maxBatchRows);

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

    /// <summary>Blocks that consecutive positions touch when they start at the worst place: the last position of a block.</summary>
    private static int MostBlocks(int positions) => KvBlockCounts.For(positions + KvBlockCounts.BlockPositions - 1);

    private static int LongestOn(int blocks) => (int)Math.Min(int.MaxValue, ((long)blocks * KvBlockCounts.BlockPositions) + 1);
}

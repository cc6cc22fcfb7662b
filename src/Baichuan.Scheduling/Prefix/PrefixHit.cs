using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Prefix;

/// <summary>How much of a sequence is cached: it goes on at the last cached position, which runs again as a query only.</summary>
/// <param name="Blocks">Its first blocks, all of them in the global pool. 0: nothing is cached.</param>
/// <param name="FirstSliding">The first of these that the last cached position sees in sliding layers; from there on, they are in the sliding pool too.</param>
internal readonly record struct PrefixHit(int Blocks, int FirstSliding)
{
    /// <summary>p: positions that need not be computed.</summary>
    public int Positions => Blocks * KvBlockCounts.BlockPositions;

    /// <summary>The first position to run: p - 1.</summary>
    public int Resume => Math.Max(0, Positions - 1);
}

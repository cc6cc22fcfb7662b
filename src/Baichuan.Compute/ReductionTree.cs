namespace Baichuan.Compute;

/// <summary>
/// The one order in which partial sums are added: a binary tree over the leaves whose left subtree takes the largest power of two below the leaf count:
/// ((0+1)+(2+3)) for four. Groups inside a rank and ranks inside a stage use the same tree, so 4 groups on 1, 2 or 4 ranks give the same bits.
/// </summary>
public static class ReductionTree
{
    /// <summary>Leaves of the left subtree over <paramref name="leaves"/> (2 or more).</summary>
    public static int LeftLeaves(int leaves) => 1 << (31 - System.Numerics.BitOperations.LeadingZeroCount((uint)(leaves - 1)));
}

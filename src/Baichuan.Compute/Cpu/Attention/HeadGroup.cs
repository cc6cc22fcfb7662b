namespace Baichuan.Compute.Cpu.Attention;

/// <summary>
/// Up to four consecutive heads of a row, which read a key or value once together. Past the last one it stands in for the missing: computed again to the same
/// bits, which is cheaper than a tile of every size.
/// </summary>
internal readonly struct HeadGroup(int heads, int headDim)
{
    public const int Size = 4;

    /// <summary>Heads that are there.</summary>
    public int Heads => heads;

    /// <summary>Where each head's numbers begin.</summary>
    public int Head1 => heads > 1 ? headDim : 0;

    /// <inheritdoc cref="Head1"/>
    public int Head2 => heads > 2 ? 2 * headDim : Head1;

    /// <inheritdoc cref="Head1"/>
    public int Head3 => heads > 3 ? 3 * headDim : Head2;

    /// <summary>The head, counted in the group, that stands for the third of a group of two or more.</summary>
    public int StandIn2 => heads > 2 ? 2 : 1;

    /// <inheritdoc cref="StandIn2"/>
    public int StandIn3 => heads > 3 ? 3 : StandIn2;
}

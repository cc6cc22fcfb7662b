namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>
/// Up to four rows that a tile reads at once. Past the edge the last row stands in for the missing ones: computed again and thrown away, which is
/// cheaper than a tile of every shape.
/// </summary>
internal readonly unsafe struct TileRows<TElement>
    where TElement : unmanaged
{
    public readonly TElement* Row0;
    public readonly TElement* Row1;
    public readonly TElement* Row2;
    public readonly TElement* Row3;

    public TileRows(TElement* first, nint stride, int count)
    {
        Row0 = first;
        Row1 = count > 1 ? Row0 + stride : Row0;
        Row2 = count > 2 ? Row1 + stride : Row1;
        Row3 = count > 3 ? Row2 + stride : Row2;
    }

    /// <summary>Copies <paramref name="count"/> values from <paramref name="start"/> of every row into <paramref name="padded"/>: [4, 16], whose other
    /// values are zero.</summary>
    public TileRows<TElement> Tail(int start, int count, TElement* padded)
    {
        for (var i = 0; i < count; i++)
        {
            padded[i] = Row0[start + i];
            padded[Lanes.Count + i] = Row1[start + i];
            padded[(2 * Lanes.Count) + i] = Row2[start + i];
            padded[(3 * Lanes.Count) + i] = Row3[start + i];
        }

        return new TileRows<TElement>(padded, Lanes.Count, 4);
    }
}

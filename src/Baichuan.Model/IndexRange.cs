namespace Baichuan.Model;

/// <summary>A half-open range of indices: <paramref name="Start"/> up to, not including, <paramref name="End"/>.</summary>
public readonly record struct IndexRange(int Start, int End)
{
    public int Count => End - Start;

    public bool IsEmpty => End <= Start;

    /// <summary>Part <paramref name="index"/> of <paramref name="parts"/> contiguous, balanced parts of 0 .. <paramref name="total"/>:
    /// floor(index * total / parts) up to floor((index + 1) * total / parts).</summary>
    public static IndexRange Part(int index, int parts, int total) =>
        new((int)((long)index * total / parts), (int)((long)(index + 1) * total / parts));

    public override string ToString() => $"{Start}..{End}";
}

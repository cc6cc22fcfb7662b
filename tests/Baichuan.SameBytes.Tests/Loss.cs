using CsCheck;

namespace Baichuan.SameBytes.Tests;

/// <summary>An epoch that fails.</summary>
/// <param name="After">The step after which it does.</param>
/// <param name="Draw">Which shards are lost.</param>
internal sealed record Loss(int After, int Draw)
{
    public static Gen<Loss> Any { get; } =
        from after in Gen.Int[1, 60]
        from draw in Gen.Int[0, 9]
        select new Loss(after, draw);

    /// <summary>Null: all of them. Else none, or one that has a partner.</summary>
    public int[]? Shards(int tensorParallel, int shards) => Draw switch
    {
        0 => null,
        1 => [],
        _ => tensorParallel % 2 == 0 ? [Draw % shards] : [],
    };
}

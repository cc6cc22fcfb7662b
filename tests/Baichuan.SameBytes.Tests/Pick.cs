using CsCheck;

namespace Baichuan.SameBytes.Tests;

/// <summary>Draws one of a few values.</summary>
internal static class Pick
{
    public static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}

namespace Baichuan.Compute.Tests.Channels;

/// <summary>The scalar twin: partials added element by element, straight from the definition of the tree.</summary>
internal static class PlainTreeSum
{
    public static float[] Of(IReadOnlyList<float[]> partials)
    {
        if (partials.Count == 1)
            return partials[0];
        var left = ReductionTree.LeftLeaves(partials.Count);
        var a = Of([.. partials.Take(left)]);
        var b = Of([.. partials.Skip(left)]);
        return [.. a.Zip(b, (x, y) => x + y)];
    }

    /// <summary>Values of very different sizes, so that another order of additions shows in the bits.</summary>
    public static float[] Partial(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-6, 7)))];
    }
}

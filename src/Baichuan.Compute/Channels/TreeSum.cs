using System.Numerics;
using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Channels;

/// <summary>
/// Adds one span per rank in the order of <see cref="ReductionTree"/>. Each element is a chain of plain f32 additions of its own, so the bits depend
/// neither on the vector width nor on how a range is split.
/// </summary>
internal static unsafe class TreeSum
{
    /// <summary>Values that are added at a time, so that intermediate sums stay in the first-level cache.</summary>
    private const int BlockValues = 256;

    /// <summary>sum[i] = tree over r of partials[r][i], for i in 0 .. count - 1. The sum may overwrite any one of the partials.</summary>
    /// <param name="partials">[ranks] pointers to <paramref name="count"/> values each; 2 ranks or more.</param>
    [SkipLocalsInit]
    public static void Into(float* sum, ReadOnlySpan<nint> partials, int count)
    {
        // A subtree over n leaves needs one block per level below it.
        var levels = BitOperations.Log2((uint)partials.Length) + 1;
        var scratch = stackalloc float[levels * BlockValues];
        var left = ReductionTree.LeftLeaves(partials.Length);
        for (var offset = 0; offset < count; offset += BlockValues)
        {
            var block = Math.Min(BlockValues, count - offset);
            var a = Block(partials[..left], offset, block, scratch);
            var b = Block(partials[left..], offset, block, scratch + BlockValues);
            Add(a, b, sum + offset, block);
        }
    }

    /// <summary>Adds a subtree: the leaf's own values where there is one leaf, else the sum in the first block of <paramref name="scratch"/>.</summary>
    private static float* Block(ReadOnlySpan<nint> partials, int offset, int count, float* scratch)
    {
        if (partials.Length == 1)
            return (float*)partials[0] + offset;
        var left = ReductionTree.LeftLeaves(partials.Length);
        var a = Block(partials[..left], offset, count, scratch);
        var b = Block(partials[left..], offset, count, scratch + BlockValues);
        Add(a, b, scratch, count);
        return scratch;
    }

    private static void Add(float* a, float* b, float* sum, int count)
    {
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            Vector.Store(Vector.Load(a + i) + Vector.Load(b + i), sum + i);
        for (; i < count; i++)
            sum[i] = a[i] + b[i];
    }
}

using Baichuan.Compute.Channels;

namespace Baichuan.Compute.Tests.Channels;

public sealed class TreeSumTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(256)]
    [InlineData(1_037)]
    public unsafe void The_sum_has_the_bits_of_the_scalar_tree_and_may_overwrite_a_partial(int count)
    {
        for (var ranks = 2; ranks <= 17; ranks++)
        {
            for (var overwritten = 0; overwritten < ranks; overwritten += 3)
            {
                float[][] partials = [.. Enumerable.Range(0, ranks).Select(rank => PlainTreeSum.Partial(rank, count))];
                var expected = PlainTreeSum.Of(partials);
                float[][] pinned = [.. partials.Select(Pinned)];
                nint[] pointers = [.. pinned.Select(values => (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref values[0]))];

                TreeSum.Into((float*)pointers[overwritten], pointers, count);

                Assert.Equal(expected, pinned[overwritten]);
            }
        }
    }

    private static float[] Pinned(float[] values)
    {
        var pinned = GC.AllocateUninitializedArray<float>(values.Length, pinned: true);
        values.CopyTo(pinned, 0);
        return pinned;
    }
}

using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Tests.Cpu.Attention;

/// <summary>Attention is the softmax of its formula over the positions that a row sees, with the same bits on every instruction set and in every tile.</summary>
public sealed class AttentionTests
{
    private static readonly int[] HeadDims = [4, 8, 16, 30, 64, 72, 128, 256];

    private static readonly (int Position, int Rows, int Window)[] Places =
        [(0, 1, 99), (0, 4, 99), (14, 4, 99), (15, 1, 16), (33, 3, 5), (30, 4, 16), (47, 1, 1), (40, 4, 17), (60, 4, 99)];

    [Fact]
    public void Every_instruction_set_has_the_bits_of_the_scalar_twin()
    {
        foreach (var attention in Cases())
        {
            var expected = attention.Run(KernelSet.Supported[^1]);
            foreach (var kernels in KernelSet.Supported)
                Assert.True(expected.AsSpan().SequenceEqual(attention.Run(kernels)), $"{kernels.Name}: {attention}");
        }
    }

    [Fact]
    public void The_context_is_the_weighted_mean_of_the_visible_values()
    {
        foreach (var attention in Cases())
        {
            var expected = attention.Expected();
            var actual = attention.Run(KernelSet.Best);
            var largest = expected.Max(Math.Abs);
            for (var i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(BitConverter.UInt32BitsToSingle(actual[i]) - expected[i]) <= 2e-4 * largest, $"{attention}: element {i}");
        }
    }

    [Fact]
    public void A_row_and_a_head_have_the_bits_they_have_alone()
    {
        foreach (var attention in Cases())
        {
            var together = attention.Run(KernelSet.Best);
            var rowLength = attention.Heads * attention.HeadDim;
            for (var r = 0; r < attention.Rows; r++)
            {
                for (var h = 0; h < attention.Heads; h++)
                {
                    var alone = attention.RunAlone(KernelSet.Best, r, h);
                    Assert.True(alone.AsSpan().SequenceEqual(together.AsSpan((r * rowLength) + (h * attention.HeadDim), attention.HeadDim)), $"{attention}: row {r}, head {h}");
                }
            }
        }
    }

    private static IEnumerable<AttentionCase> Cases() =>
        from headDim in HeadDims
        from heads in new[] { 1, 3, 4, 10 }
        from place in Places
        from type in Enum.GetValues<KvType>()
        select new AttentionCase(heads, headDim, place.Position, place.Rows, place.Window, type);
}

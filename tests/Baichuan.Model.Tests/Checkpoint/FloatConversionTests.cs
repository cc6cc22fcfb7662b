using System.Runtime.InteropServices;
using Baichuan.Model.Checkpoint;

namespace Baichuan.Model.Tests.Checkpoint;

public sealed class FloatConversionTests
{
    private static readonly ushort[] s_allBits = [.. Enumerable.Range(0, 1 << 16).Select(i => (ushort)i)];

    [Fact]
    public void Every_f16_becomes_the_same_f32() => Check(StoredType.F16, bits => (float)BitConverter.UInt16BitsToHalf(bits));

    [Fact]
    public void Every_bf16_becomes_the_same_f32() => Check(StoredType.BF16, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));

    [Theory]
    [InlineData(StoredType.BF16)]
    [InlineData(StoredType.F16)]
    public void Vectors_and_their_tails_agree_at_every_length(StoredType type)
    {
        var bytes = MemoryMarshal.AsBytes<ushort>(s_allBits);
        var all = new float[s_allBits.Length];
        FloatConversion.ToSingle(bytes, type, all);
        for (var length = 0; length < 70; length++)
        {
            // From odd places too: f16 subnormals, then the step to infinity.
            foreach (var start in new[] { 1, 1000, 0x7bf0 })
            {
                var some = new float[length];
                FloatConversion.ToSingle(bytes.Slice(start * 2, length * 2), type, some);
                Assert.Equal(all[start..(start + length)], some);
            }
        }
    }

    [Theory]
    [InlineData(StoredType.F32)]
    [InlineData(StoredType.BF16)]
    [InlineData(StoredType.F16)]
    public void What_a_type_can_hold_survives_a_round_trip(StoredType type)
    {
        float[] values = [0, -0f, 1, -1.5f, 0.0078125f, 24, -1024];
        var bytes = new byte[values.Length * StoredTypes.BytesOf(type)];
        FloatConversion.FromSingle(values, type, bytes);
        var back = new float[values.Length];
        FloatConversion.ToSingle(bytes, type, back);
        Assert.Equal(values, back);
    }

    [Theory]
    [InlineData(0x3f80_8000u, 0x3f80)]
    [InlineData(0x3f81_8000u, 0x3f82)]
    [InlineData(0x3f80_8001u, 0x3f81)]
    [InlineData(0xbf80_7fffu, 0xbf80)]
    public void Narrowing_to_bf16_rounds_to_nearest_and_ties_to_even(uint single, int expected)
    {
        var bytes = new byte[2];
        FloatConversion.FromSingle([BitConverter.UInt32BitsToSingle(single)], StoredType.BF16, bytes);
        Assert.Equal(expected, BitConverter.ToUInt16(bytes));
    }

    private static void Check(StoredType type, Func<ushort, float> expected)
    {
        var values = new float[s_allBits.Length];
        FloatConversion.ToSingle(MemoryMarshal.AsBytes<ushort>(s_allBits), type, values);
        for (var i = 0; i < values.Length; i++)
        {
            var wanted = expected(s_allBits[i]);
            if (float.IsNaN(wanted))
                Assert.True(float.IsNaN(values[i]));
            else
                Assert.Equal(BitConverter.SingleToUInt32Bits(wanted), BitConverter.SingleToUInt32Bits(values[i]));
        }
    }
}

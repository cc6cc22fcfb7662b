using System.Numerics;
using System.Runtime.InteropServices;

namespace Baichuan.Model.Checkpoint;

/// <summary>Between stored numbers and f32. Widening is exact for every value, and NaNs stay NaNs; narrowing rounds to nearest, ties to even.</summary>
internal static class FloatConversion
{
    // 2^112: the difference of the exponent biases of f32 (127) and f16 (15).
    private const uint HalfScaleBits = 0x7780_0000;

    /// <summary>Converts <paramref name="destination"/>.Length numbers of <paramref name="type"/>.</summary>
    public static void ToSingle(ReadOnlySpan<byte> source, StoredType type, Span<float> destination)
    {
        var bits = MemoryMarshal.Cast<float, uint>(destination);
        switch (type)
        {
            case StoredType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case StoredType.BF16:
                Widen<BFloat16Bits>(MemoryMarshal.Cast<byte, ushort>(source), bits);
                break;
            default:
                Widen<HalfBits>(MemoryMarshal.Cast<byte, ushort>(source), bits);
                break;
        }
    }

    /// <summary>Converts <paramref name="source"/>.Length finite numbers to <paramref name="type"/>.</summary>
    public static void FromSingle(ReadOnlySpan<float> source, StoredType type, Span<byte> destination)
    {
        if (type == StoredType.F32)
        {
            MemoryMarshal.AsBytes(source).CopyTo(destination);
            return;
        }

        var narrow = MemoryMarshal.Cast<byte, ushort>(destination);
        for (var i = 0; i < source.Length; i++)
            narrow[i] = type == StoredType.BF16 ? ToBFloat16Bits(source[i]) : BitConverter.HalfToUInt16Bits((Half)source[i]);
    }

    private static ushort ToBFloat16Bits(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    private static void Widen<TBits>(ReadOnlySpan<ushort> source, Span<uint> destination)
        where TBits : struct, IBits
    {
        var i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out var low, out var high);
            TBits.ToSingle(low).CopyTo(destination[i..]);
            TBits.ToSingle(high).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }

        for (; i < source.Length; i++)
            destination[i] = TBits.ToSingle(source[i]);
    }

    /// <summary>The bits of one 16-bit format, in the low half of each lane, as those of the same f32.</summary>
    private interface IBits
    {
        static abstract Vector<uint> ToSingle(Vector<uint> bits);

        static abstract uint ToSingle(uint bits);
    }

    private readonly struct BFloat16Bits : IBits
    {
        public static Vector<uint> ToSingle(Vector<uint> bits) => bits << 16;

        public static uint ToSingle(uint bits) => bits << 16;
    }

    /// <summary>Moves exponent and fraction into place and rescales by 2^112, which is exact for normal and subnormal numbers alike; an all-ones
    /// exponent (infinity, NaN) is set by hand.</summary>
    private readonly struct HalfBits : IBits
    {
        public static Vector<uint> ToSingle(Vector<uint> bits)
        {
            var magnitude = (bits & new Vector<uint>(0x7fff)) << 13;
            var scaled = Vector.AsVectorUInt32(Vector.AsVectorSingle(magnitude) * new Vector<float>(BitConverter.UInt32BitsToSingle(HalfScaleBits)));
            var special = Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(0x7c00u << 13));
            return Vector.ConditionalSelect(special, magnitude | new Vector<uint>(0x7f80_0000), scaled) | ((bits & new Vector<uint>(0x8000)) << 16);
        }

        public static uint ToSingle(uint bits)
        {
            var magnitude = (bits & 0x7fff) << 13;
            var scaled = magnitude >= 0x7c00u << 13
                ? magnitude | 0x7f80_0000
                : BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(magnitude) * BitConverter.UInt32BitsToSingle(HalfScaleBits));
            return scaled | ((bits & 0x8000) << 16);
        }
    }
}

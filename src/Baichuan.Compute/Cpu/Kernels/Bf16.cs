namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>A bfloat16: the upper half of an f32.</summary>
internal readonly struct Bf16
{
    private readonly ushort _bits;

    private Bf16(ushort bits) => _bits = bits;

    /// <summary>Rounds to nearest, ties to even; a NaN stays one.</summary>
    public static Bf16 From(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return new(float.IsNaN(value) ? (ushort)0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>Exact.</summary>
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)_bits << 16);
}

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Baichuan.Scheduling.Prefix;

/// <summary>
/// SipHash-2-4 with 128 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, and its reference code): whoever has not got the key can neither foresee
/// a value nor find two texts of one value.
/// </summary>
internal readonly struct SipHash128
{
    private readonly ulong _key0;
    private readonly ulong _key1;

    /// <param name="key">[16]</param>
    public SipHash128(ReadOnlySpan<byte> key) => (_key0, _key1) = (BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key[8..]));

    /// <summary>The value whose bytes, the lowest first, are the 16 of the reference code.</summary>
    public UInt128 Of(ReadOnlySpan<byte> text)
    {
        var state = new State(_key0, _key1);
        var last = (ulong)text.Length << 56; // the length modulo 256, over the bytes that fill no word
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..])
            state.Take(BinaryPrimitives.ReadUInt64LittleEndian(text));
        for (var i = 0; i < text.Length; i++)
            last |= (ulong)text[i] << (8 * i);
        state.Take(last);
        return state.Finish();
    }

    private struct State(ulong key0, ulong key1)
    {
        private ulong _v0 = key0 ^ 0x736f6d6570736575;
        private ulong _v1 = key1 ^ 0x646f72616e646f6d ^ 0xee;
        private ulong _v2 = key0 ^ 0x6c7967656e657261;
        private ulong _v3 = key1 ^ 0x7465646279746573;

        public void Take(ulong word)
        {
            _v3 ^= word;
            Round();
            Round();
            _v0 ^= word;
        }

        public UInt128 Finish()
        {
            _v2 ^= 0xee;
            var lower = Mix();
            _v1 ^= 0xdd;
            return new UInt128(upper: Mix(), lower);
        }

        private ulong Mix()
        {
            Round();
            Round();
            Round();
            Round();
            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Round()
        {
            _v0 += _v1;
            _v2 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v1;
            _v0 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}

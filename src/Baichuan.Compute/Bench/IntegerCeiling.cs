using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Baichuan.Compute.Bench;

/// <summary>
/// The most multiply-adds of whole numbers that one thread could do: products of bytes, added in pairs, in pairs again and to a sum (maddubs, madd, add), over
/// operands in the first-level cache, with no scales to apply. Eight sums hide the latency.
/// </summary>
internal static unsafe class IntegerCeiling
{
    private const int Vectors = 128; // 8 KiB at the widest
    private const int Rounds = 20_000;

    /// <summary>Multiply-adds per second of one thread with vectors of so many bits; null where this processor has no such instruction.</summary>
    public static double? MultiplyAddsPerSecond(int vectorBits)
    {
        var operands = stackalloc byte[(Vectors * 64) + 64];
        new Span<byte>(operands, (Vectors * 64) + 64).Fill(1);
        operands += 64 - ((nint)operands & 63);
        Func<nint, int>? loop = vectorBits switch
        {
            512 when Avx512BW.IsSupported => Multiply512,
            256 when Avx2.IsSupported => Multiply256,
            128 when Ssse3.IsSupported => Multiply128,
            _ => null,
        };
        if (loop is null)
            return null;
        var started = Stopwatch.GetTimestamp();
        var sum = loop((nint)operands);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (sum == 0)
            throw new InvalidOperationException("Products of ones add up to nothing.");
        return (double)Rounds * Vectors * (vectorBits / 8) / seconds;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Multiply512(nint operands)
    {
        var (x, ones) = (Vector512.Create((sbyte)1), Vector512.Create((short)1));
        Vector512<int> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (var round = 0; round < Rounds; round++)
        {
            var end = (byte*)operands + (Vectors * 64);
            for (var w = (byte*)operands; w < end; w += 8 * 64)
            {
                a += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(w), x), ones);
                b += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(w + 64), x), ones);
                c += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(w + 128), x), ones);
                d += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(w + 192), x), ones);
                e += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(w + 256), x), ones);
                f += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(w + 320), x), ones);
                g += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(w + 384), x), ones);
                h += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(w + 448), x), ones);
            }
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Multiply256(nint operands)
    {
        var (x, ones) = (Vector256.Create((sbyte)1), Vector256.Create((short)1));
        Vector256<int> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (var round = 0; round < Rounds; round++)
        {
            var end = (byte*)operands + (Vectors * 32);
            for (var w = (byte*)operands; w < end; w += 8 * 32)
            {
                a += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(w), x), ones);
                b += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(w + 32), x), ones);
                c += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(w + 64), x), ones);
                d += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(w + 96), x), ones);
                e += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(w + 128), x), ones);
                f += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(w + 160), x), ones);
                g += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(w + 192), x), ones);
                h += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.Load(w + 224), x), ones);
            }
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Multiply128(nint operands)
    {
        var (x, ones) = (Vector128.Create((sbyte)1), Vector128.Create((short)1));
        Vector128<int> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (var round = 0; round < Rounds; round++)
        {
            var end = (byte*)operands + (Vectors * 16);
            for (var w = (byte*)operands; w < end; w += 8 * 16)
            {
                a += Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(Vector128.Load(w), x), ones);
                b += Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(Vector128.Load(w + 16), x), ones);
                c += Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(Vector128.Load(w + 32), x), ones);
                d += Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(Vector128.Load(w + 48), x), ones);
                e += Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(Vector128.Load(w + 64), x), ones);
                f += Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(Vector128.Load(w + 80), x), ones);
                g += Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(Vector128.Load(w + 96), x), ones);
                h += Sse2.MultiplyAddAdjacent(Ssse3.MultiplyAddAdjacent(Vector128.Load(w + 112), x), ones);
            }
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Baichuan.Model;

namespace Baichuan.Compute.Bench;

/// <summary>
/// How fast memory of the kind that weights lie in can be read: each thread its own contiguous part from end to end, as one sequential stream or as four side
/// by side. Which is faster depends on the processor: prefetchers stop at the end of every 4 KiB, and other streams may fill the gap or only compete.
/// </summary>
public sealed unsafe class MemoryBench : IDisposable
{
    /// <summary>What is read: well past the caches.</summary>
    public const long Bytes = 512L << 20;

    // Long enough that finding a core and waking it up do not count.
    private const int Passes = 4;

    // A thread's part is a multiple of what the loops read at a time.
    private const int UnitBytes = 4096;

    private readonly NativeHeap _heap = new();
    private readonly byte* _memory;

    /// <exception cref="InsufficientMemoryException">There are no <see cref="Bytes"/> left.</exception>
    public MemoryBench()
    {
        _memory = _heap.Allocate<byte>(Bytes);
        NativeMemory.Fill(_memory, (nuint)Bytes, 1);
        HugePageBytes = Math.Min(Bytes, HugePages.BytesAround(_memory));
    }

    /// <summary>The ways in which <see cref="Read"/> can read: streams of a thread.</summary>
    public static IReadOnlyList<int> StreamCounts { get; } = [1, 4];

    /// <summary>Bits of the vectors that are loaded.</summary>
    public static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>How much of it lies in huge pages.</summary>
    public long HugePageBytes { get; }

    /// <summary>Reads everything a few times.</summary>
    /// <param name="streams">One of <see cref="StreamCounts"/>.</param>
    /// <returns>Bytes per second of all threads together.</returns>
    public double Read(int threads, int streams)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var sums = 0L;
        var time = ThreadGroup.Run(threads, thread =>
        {
            var part = IndexRange.Part(thread, threads, (int)(Bytes / UnitBytes));
            var start = _memory + ((nint)part.Start * UnitBytes);
            var bytes = (nint)part.Count * UnitBytes;
            for (var pass = 0; pass < Passes; pass++)
                Interlocked.Add(ref sums, streams == 1 ? SumOneStream(start, bytes) : SumFourStreams(start, bytes / 4));
        });
        // Nothing that was read may go unused, or it need not be read.
        if (sums != unchecked(Passes * Bytes / sizeof(long) * 0x0101_0101_0101_0101))
            throw new InvalidOperationException("Memory does not hold what was written to it.");
        return Passes * Bytes / time.TotalSeconds;
    }

    public void Dispose() => _heap.Dispose();

    // Where vectors of 512 bits are not to be had, the compiler makes two or four narrower ones of each. Four sums hide the latency of the additions.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long SumOneStream(byte* source, nint bytes)
    {
        Vector512<long> a = default, b = default, c = default, d = default;
        for (var end = source + bytes; source < end; source += 256)
        {
            a += Vector512.Load((long*)source);
            b += Vector512.Load((long*)(source + 64));
            c += Vector512.Load((long*)(source + 128));
            d += Vector512.Load((long*)(source + 192));
        }

        return Vector512.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long SumFourStreams(byte* source, nint streamBytes)
    {
        Vector512<long> a = default, b = default, c = default, d = default;
        for (var end = source + streamBytes; source < end; source += 64)
        {
            a += Vector512.Load((long*)source);
            b += Vector512.Load((long*)(source + streamBytes));
            c += Vector512.Load((long*)(source + (2 * streamBytes)));
            d += Vector512.Load((long*)(source + (3 * streamBytes)));
        }

        return Vector512.Sum(a + b + c + d);
    }
}

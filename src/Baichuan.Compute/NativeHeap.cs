using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Baichuan.Compute;

/// <summary>
/// All native memory of one executor: weights, KV pools, buffers. Larger than spans can be, never moved, resident only where it was touched. Whoever
/// disposes of it must know that nobody computes.
/// </summary>
internal sealed unsafe class NativeHeap : IDisposable
{
    // A cache line, and the widest vector.
    private const nuint Alignment = 64;

    private readonly List<nint> _blocks = [];

    /// <summary>Bytes handed out.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory for <paramref name="count"/> elements; its contents are undefined.</summary>
    /// <exception cref="InsufficientMemoryException">There is not that much memory.</exception>
    public T* Allocate<T>(long count)
        where T : unmanaged
    {
        var bytes = checked(count * Unsafe.SizeOf<T>());
        try
        {
            var block = NativeMemory.AlignedAlloc((nuint)Math.Max(1, bytes), Alignment);
            _blocks.Add((nint)block);
            Bytes += bytes;
            return (T*)block;
        }
        catch (OutOfMemoryException e)
        {
            throw new InsufficientMemoryException(
                $"A shard that holds {Bytes} bytes of native memory cannot get {bytes} more: give it fewer KV blocks or batch rows, or cut the model into more shards.", e);
        }
    }

    /// <summary>As <see cref="Allocate"/>, filled with zeros.</summary>
    /// <exception cref="InsufficientMemoryException">There is not that much memory.</exception>
    public T* AllocateZeroed<T>(long count)
        where T : unmanaged
    {
        var block = Allocate<T>(count);
        NativeMemory.Clear(block, (nuint)(count * Unsafe.SizeOf<T>()));
        return block;
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
            NativeMemory.AlignedFree((void*)block);
        _blocks.Clear();
    }
}

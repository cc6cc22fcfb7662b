using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Baichuan.Compute;

/// <summary>
/// All native memory of one executor: weights, KV pools, buffers. Larger than spans can be, never moved. Whoever disposes of it must know that nobody computes.
/// </summary>
/// <remarks>
/// What will be filled lies one behind the other in chunks of huge pages, so that weights are read at the speed of memory and no matrix ends in small pages.
/// What is reserved for the worst case lies in small pages: resident only where it was touched.
/// </remarks>
internal sealed unsafe class NativeHeap : IDisposable
{
    // A cache line, and the widest vector.
    private const nuint Alignment = 64;

    // Costs address space only: the huge pages of a chunk that nobody touches are not resident.
    private const nuint ChunkBytes = 64 << 20;

    private readonly List<nint> _blocks = [];
    private byte* _free;
    private nuint _freeBytes;

    /// <summary>Bytes handed out.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory for <paramref name="count"/> elements that will be used in full; its contents are undefined.</summary>
    /// <exception cref="InsufficientMemoryException">There is not that much memory.</exception>
    public T* Allocate<T>(long count)
        where T : unmanaged
    {
        var bytes = Align(SizeOf<T>(count), Alignment);
        if (bytes > _freeBytes)
        {
            var chunk = Align(Math.Max(bytes, ChunkBytes), HugePages.Size);
            _free = Allocate(chunk, HugePages.Size);
            _freeBytes = chunk;
            HugePages.Ask(_free, chunk);
        }

        var block = _free;
        _free += bytes;
        _freeBytes -= bytes;
        Bytes += (long)bytes;
        return (T*)block;
    }

    /// <summary>Memory for <paramref name="count"/> elements of which few may ever be used; its contents are undefined.</summary>
    /// <exception cref="InsufficientMemoryException">There is not that much memory.</exception>
    public T* Reserve<T>(long count)
        where T : unmanaged
    {
        var bytes = SizeOf<T>(count);
        var block = Allocate(bytes, Alignment);
        Bytes += (long)bytes;
        return (T*)block;
    }

    /// <summary>As <see cref="Allocate"/>, filled with zeros.</summary>
    /// <exception cref="InsufficientMemoryException">There is not that much memory.</exception>
    public T* AllocateZeroed<T>(long count)
        where T : unmanaged
    {
        var block = Allocate<T>(count);
        NativeMemory.Clear(block, SizeOf<T>(count));
        return block;
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
            NativeMemory.AlignedFree((void*)block);
        _blocks.Clear();
        _freeBytes = 0;
    }

    private static nuint SizeOf<T>(long count) => checked((nuint)count * (nuint)Unsafe.SizeOf<T>());

    private static nuint Align(nuint bytes, nuint alignment) => checked(bytes + alignment - 1) & ~(alignment - 1);

    private byte* Allocate(nuint bytes, nuint alignment)
    {
        try
        {
            var block = NativeMemory.AlignedAlloc(Math.Max(1, bytes), alignment);
            _blocks.Add((nint)block);
            return (byte*)block;
        }
        catch (OutOfMemoryException e)
        {
            throw new InsufficientMemoryException(
                $"A shard that holds {Bytes} bytes of native memory cannot get {bytes} more: give it fewer KV blocks or batch rows, or cut the model into more shards.", e);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>Reads the sections of a flat frame one after the other; every section is an array of one blittable type, aligned to 8 bytes.</summary>
public ref struct FrameSections(ReadOnlySpan<byte> frame, int offset)
{
    private readonly ReadOnlySpan<byte> _frame = frame;
    private int _offset = offset;

    /// <summary>Bytes of a section of <paramref name="count"/> elements. Long, since a frame that lies may state more than it can hold.</summary>
    public static long SizeOf<T>(int count) where T : unmanaged => (((long)count * Unsafe.SizeOf<T>()) + 7) & ~7L;

    public ReadOnlySpan<T> Next<T>(int count) where T : unmanaged
    {
        var section = MemoryMarshal.Cast<byte, T>(_frame.Slice(_offset, count * Unsafe.SizeOf<T>()));
        _offset += (int)SizeOf<T>(count);
        return section;
    }

    /// <summary>Writes one section and returns the offset of the next.</summary>
    public static int Write<T>(Span<byte> frame, int offset, ReadOnlySpan<T> section) where T : unmanaged
    {
        MemoryMarshal.AsBytes(section).CopyTo(frame[offset..]);
        return offset + (int)SizeOf<T>(section.Length);
    }
}

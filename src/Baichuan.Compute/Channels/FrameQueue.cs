using System.Runtime.InteropServices;

namespace Baichuan.Compute.Channels;

/// <summary>
/// The few frames that a stage may be ahead of the next one: a ring that one thread fills and another empties. A frame's buffer grows to the largest
/// frame that it has held, so that a steady stream allocates nothing.
/// </summary>
/// <param name="filler">Rung when there is space again.</param>
/// <param name="emptier">Rung when there is a frame.</param>
internal sealed class FrameQueue(Doorbell filler, Doorbell emptier)
{
    private const int Capacity = 4;

    private readonly byte[][] _frames = [.. Enumerable.Repeat(Array.Empty<byte>(), Capacity)];
    private readonly int[] _lengths = new int[Capacity];
    private long _filled; // written by the filler, read by the emptier
    private long _emptied; // and the other way round

    public bool HasSpace => _filled - Volatile.Read(ref _emptied) < Capacity;

    public bool HasFrame => Volatile.Read(ref _filled) > _emptied;

    /// <summary>The oldest frame, header and values.</summary>
    public ReadOnlySpan<byte> Oldest => _frames[_emptied % Capacity].AsSpan(0, _lengths[_emptied % Capacity]);

    /// <summary>Copies a frame in; there must be space.</summary>
    public void Add(in FrameTag tag, ReadOnlySpan<float> values)
    {
        var slot = _filled % Capacity;
        var length = FrameHeader.Size + (values.Length * sizeof(float));
        if (_frames[slot].Length < length)
            _frames[slot] = GC.AllocateUninitializedArray<byte>(length);
        _lengths[slot] = length;
        FrameHeader.Write(_frames[slot], tag);
        MemoryMarshal.AsBytes(values).CopyTo(_frames[slot].AsSpan(FrameHeader.Size));
        Volatile.Write(ref _filled, _filled + 1);
        emptier.Ring();
    }

    /// <summary>Gives the oldest frame's buffer back.</summary>
    public void Remove()
    {
        Volatile.Write(ref _emptied, _emptied + 1);
        filler.Ring();
    }
}

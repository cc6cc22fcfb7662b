using System.Buffers.Binary;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Slots;

/// <summary>A step of a <see cref="Abstractions.Shards.StepOrder"/> on its way from rank 0 to the other ranks of its stage, little-endian: what the step may take in ticks of 100 ns (8 bytes), 1 where it follows on the one before (8), the
/// frame of the batch.</summary>
internal static class RelayedOrder
{
    private const int HeaderSize = 16; // which leaves the frame's 8-byte values aligned

    public static byte[] Write(StepBatch batch, bool follows, TimeSpan allowed)
    {
        var order = new byte[HeaderSize + batch.Frame.Length];
        BinaryPrimitives.WriteInt64LittleEndian(order, allowed.Ticks);
        order[8] = follows ? (byte)1 : (byte)0;
        batch.Frame.CopyTo(order.AsMemory(HeaderSize));
        return order;
    }

    /// <exception cref="FrameException">It is none.</exception>
    public static (StepBatch Batch, bool Follows, TimeSpan Allowed) Read(byte[] order)
    {
        if (order.Length < HeaderSize)
            throw new FrameException($"A step's order of {order.Length} bytes is shorter than its header of {HeaderSize}.");
        return (StepBatch.Parse(order.AsMemory(HeaderSize)), order[8] != 0, TimeSpan.FromTicks(BinaryPrimitives.ReadInt64LittleEndian(order)));
    }
}

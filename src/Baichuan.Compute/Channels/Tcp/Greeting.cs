using System.Buffers.Binary;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// The first message of a connection, little-endian: magic (4 bytes), version (2), line (1), zero (1), from shard (4), to shard (4), epoch (8), SHA-256 of
/// the replica's id (32), nonce (32). It claims; the proofs that follow cover every byte of it.
/// </summary>
internal readonly record struct Greeting(Line Line, int From, int To, EpochKey Epoch)
{
    public const int Size = 56 + NonceSize;
    public const int NonceSize = 32;

    private const uint Magic = 0x31484342; // "BCH1"
    private const ushort Version = 1;

    public void Write(Span<byte> message, ReadOnlySpan<byte> nonce)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(message, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], Version);
        message[6] = (byte)Line;
        message[7] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(message[8..], From);
        BinaryPrimitives.WriteInt32LittleEndian(message[12..], To);
        BinaryPrimitives.WriteUInt64LittleEndian(message[16..], Epoch.Number);
        Convert.FromHexString(Epoch.ReplicaDigest, message[24..56], out _, out _);
        nonce.CopyTo(message[56..]);
    }

    public static Greeting? Read(ReadOnlySpan<byte> message)
    {
        var line = (Line)message[6];
        if (BinaryPrimitives.ReadUInt32LittleEndian(message) != Magic || BinaryPrimitives.ReadUInt16LittleEndian(message[4..]) != Version
            || message[7] != 0 || line is not (Line.Data or Line.Watch))
            return null;
        return new Greeting(
            line,
            BinaryPrimitives.ReadInt32LittleEndian(message[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(message[12..]),
            new EpochKey(Convert.ToHexString(message[24..56]), BinaryPrimitives.ReadUInt64LittleEndian(message[16..])));
    }
}

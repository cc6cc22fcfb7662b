using System.Buffers.Binary;

namespace Baichuan.Compute.Channels;

/// <summary>
/// The fixed header before the values of a frame, little-endian: magic (4 bytes), version (2), kind (1), zero (1), epoch (8), step (8), operation (4),
/// payload length in bytes (4). Values follow as f32, little-endian.
/// </summary>
internal static class FrameHeader
{
    public const int Size = 32;

    private const uint Magic = 0x31464342; // "BCF1"
    private const ushort Version = 1;
    private const int MaxPayloadBytes = FrameTag.MaxValues * sizeof(float);

    public static void Write(Span<byte> header, in FrameTag tag)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], Version);
        header[6] = (byte)tag.Kind;
        header[7] = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], tag.Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], tag.Step);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], tag.Operation);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], tag.Values * sizeof(float));
    }

    /// <summary>Null if the header announces exactly the expected frame, else what it says instead.</summary>
    public static string? Difference(ReadOnlySpan<byte> header, in FrameTag expected)
    {
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var version = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        if (magic != Magic || version != Version || header[7] != 0)
            return $"bytes that are no frame header of version {Version} (magic 0x{magic:x8}, version {version})";
        var bytes = BinaryPrimitives.ReadInt32LittleEndian(header[28..]);
        if (bytes < 0 || bytes > MaxPayloadBytes || bytes % sizeof(float) != 0)
            return $"a header that announces {(uint)bytes} bytes, which is over {MaxPayloadBytes} or not a multiple of {sizeof(float)}";
        var tag = new FrameTag(
            (FrameKind)header[6],
            BinaryPrimitives.ReadUInt64LittleEndian(header[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(header[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[24..]),
            bytes / sizeof(float));
        return tag == expected ? null : tag.ToString();
    }
}

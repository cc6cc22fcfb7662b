using System.Buffers.Binary;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>The one message on a watch line, sent before it is closed: kind (1 byte), zeros (3), index of the shard to blame (4, little-endian).</summary>
internal static class Farewell
{
    public const int Size = 8;

    public static void Write(Span<byte> message, Fault fault)
    {
        message.Clear();
        message[0] = (byte)fault.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(message[4..], fault.Culprit);
    }

    /// <summary>What the peer <paramref name="from"/> says; null if it is no farewell.</summary>
    public static Fault? Read(ReadOnlySpan<byte> message, int from, PeerNames names)
    {
        var kind = (FaultKind)message[0];
        var culprit = BinaryPrimitives.ReadInt32LittleEndian(message[4..]);
        if (culprit < 0 || culprit >= names.Count || Deed(kind) is not { } deed)
            return null;
        var witness = culprit == from ? "" : $", says {names[from]}";
        return new Fault(kind, culprit, $"{names[culprit]} {deed}{witness}");
    }

    private static string? Deed(FaultKind kind) => kind switch
    {
        FaultKind.Closed => "closed its channels",
        FaultKind.Lost => "was lost",
        FaultKind.Silent => "was silent for longer than a step may take",
        FaultKind.OutOfStep => "was out of step",
        _ => null,
    };
}

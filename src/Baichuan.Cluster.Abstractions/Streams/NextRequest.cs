namespace Baichuan.Cluster.Abstractions.Streams;

[GenerateSerializer, Immutable]
public sealed record NextRequest
{
    [Id(0)] public required string Gateway { get; init; }

    /// <summary><see cref="StreamCursor"/>s of the gateway's open streams at this replica, byte for byte. A finished stream that was delivered and
    /// is listed no more is forgotten; a running one stays open, listed or not.</summary>
    [Id(1)] public required ReadOnlyMemory<byte> Cursors { get; init; }

    /// <summary>Answer by then even if there is nothing; well below the grain call timeout.</summary>
    [Id(2)] public required TimeSpan MaxWait { get; init; }
}

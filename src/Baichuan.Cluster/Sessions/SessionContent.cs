namespace Baichuan.Cluster.Sessions;

/// <summary>What is kept of a session. Not a record: nothing may print its tokens.</summary>
[GenerateSerializer]
public sealed class SessionContent
{
    [Id(0)] public required DateTimeOffset Created { get; init; }

    [Id(1)] public required DateTimeOffset Used { get; set; }

    [Id(2)] public int Turns { get; set; }

    /// <summary>The turn that was added last, by which a repetition is known.</summary>
    [Id(3)] public Guid LastTurn { get; set; }

    /// <summary>The replica that ran it; -1: none.</summary>
    [Id(4)] public int Replica { get; set; } = -1;

    /// <summary>Little-endian int32 token ids of all turns.</summary>
    [Id(5)] public byte[] Tokens { get; set; } = [];
}

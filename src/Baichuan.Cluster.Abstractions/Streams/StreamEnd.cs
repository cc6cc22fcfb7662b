namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>Whether and how a stream is over, as a replica sees it.</summary>
public enum StreamEnd
{
    /// <summary>It goes on.</summary>
    None = 0,

    /// <summary>A stop token.</summary>
    Stop = 1,

    /// <summary>Max tokens or the context.</summary>
    Length = 2,

    Cancelled = 3,

    Deadline = 4,

    /// <summary>The replica cannot go on with this request; its log says why.</summary>
    Error = 5,

    /// <summary>The replica does not know the stream (it was started anew): submit again from where you are.</summary>
    Unknown = 6,
}

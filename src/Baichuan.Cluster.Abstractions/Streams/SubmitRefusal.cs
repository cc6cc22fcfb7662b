namespace Baichuan.Cluster.Abstractions.Streams;

public enum SubmitRefusal
{
    None,

    /// <summary>Can never run here: too long, or needs more blocks than there are.</summary>
    Impossible,

    /// <summary>The queue is full; later it may not be.</summary>
    QueueFull,

    /// <summary>The replica has not formed; another or a later try may do.</summary>
    NotReady,

    /// <summary>The replica runs another profile than the request's tokens are of: its tokens would not be theirs.</summary>
    OtherProfile,
}

namespace Baichuan.Scheduling;

/// <summary>Why a request was not accepted; nothing of it is kept.</summary>
/// <param name="Reason">For the program: whether trying again, here or elsewhere, can help.</param>
/// <param name="Message">For people: one sentence with the value, the limit and the setting behind it. Never a token.</param>
/// <param name="RetryAfter">When the queue is full: after this time everything that waits should have left, going by how fast the queue empties now. Null
/// otherwise.</param>
public sealed record Refusal(RefusalReason Reason, string Message, TimeSpan? RetryAfter = null);

/// <summary>What kind of refusal it is.</summary>
public enum RefusalReason
{
    /// <summary>The request contradicts itself; it is wrong everywhere.</summary>
    Invalid,

    /// <summary>It can never run on this replica, however empty it is.</summary>
    TooLong,

    /// <summary>A live sequence has the same request id.</summary>
    Duplicate,

    /// <summary>Too many are waiting; later or elsewhere it may be accepted.</summary>
    QueueFull,
}

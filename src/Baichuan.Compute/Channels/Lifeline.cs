namespace Baichuan.Compute.Channels;

/// <summary>
/// Whether a shard's ties still hold. The first fault wins, from whichever thread it comes: it is told to all peers, ends every wait, and is what every
/// later operation fails with.
/// </summary>
internal sealed class Lifeline(PeerNames names, int shard)
{
    private readonly TaskCompletionSource<PeerException> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<ITie> _ties = [];
    private volatile Fault? _fault;

    public PeerNames Names => names;

    public int Shard => shard;

    /// <summary>What the shard's own thread sleeps on.</summary>
    public Doorbell Bell { get; } = new();

    /// <summary>Why the ties broke; null while they hold.</summary>
    public Fault? Fault => _fault;

    public Task<PeerException> Broken => _broken.Task;

    /// <summary>Adds a connection; breaks it at once if the others are broken already.</summary>
    public void Add(ITie tie)
    {
        lock (_gate)
        {
            if (_fault is null)
            {
                _ties.Add(tie);
                return;
            }
        }

        tie.Break(_fault);
        tie.Dispose();
    }

    public void Break(Fault cause)
    {
        lock (_gate)
        {
            if (_fault is not null)
                return;
            _fault = cause;
        }

        // Outside the lock: in one process a tie breaks the neighbour's lifeline, which comes back to this one.
        foreach (var tie in _ties)
            tie.Break(cause);
        Bell.Ring();
        _broken.TrySetResult(Exception(cause, $"{cause.Sentence}; the epoch is over."));
    }

    /// <summary>Lets go of the connections, once all peers have been told of the break, by whichever thread.</summary>
    public void Release()
    {
        _broken.Task.Wait();
        foreach (var tie in _ties)
            tie.Dispose();
    }

    public void ThrowIfBroken(string operation)
    {
        if (_fault is { } cause)
            throw Failure(cause, operation);
    }

    public void ThrowIfBroken(in FrameTag operation)
    {
        if (_fault is not null)
            throw Failure(operation);
    }

    /// <summary>Breaks all ties, unless they are broken already, and returns what the operation fails with.</summary>
    public PeerException Fail(Fault cause, in FrameTag operation)
    {
        Break(cause);
        return Failure(operation);
    }

    /// <summary>What an operation fails with after the break.</summary>
    public PeerException Failure(in FrameTag operation) => Failure(_fault!, operation.ToString());

    public PeerException OutOfStep(int peer, string sent, in FrameTag expected) =>
        Fail(new Fault(FaultKind.OutOfStep, peer, $"{names[peer]} is out of step: it sent {sent} where {expected} was expected"), expected);

    private PeerException Failure(Fault cause, string operation) => Exception(cause, $"{cause.Sentence}; {operation} cannot be done, the epoch is over.");

    private PeerException Exception(Fault cause, string sentence) =>
        new(cause.Culprit, names[cause.Culprit], sentence) { IsSilence = cause.Kind == FaultKind.Silent };
}

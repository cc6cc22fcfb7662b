namespace Baichuan.Compute.Channels;

/// <summary>
/// A shard's channels to its peers in one epoch. Operations belong to the shard's own thread; <see cref="Close"/> and <see cref="Dispose"/> to any. The
/// first failure, here or at any peer, ends the epoch everywhere: every operation under way or later fails at once with the same culprit.
/// </summary>
public sealed class ShardPeers : IShardPeers, IDisposable
{
    private readonly Lifeline _life;
    private readonly ShardStep _step;
    private readonly Collectives _collectives;
    private readonly StageLinks _stages;
    private readonly int _rank;
    private readonly int _ranks;

    internal ShardPeers(Lifeline life, ShardStep step, Collectives collectives, StageLinks stages, int rank, int ranks)
    {
        (_life, _step, _collectives, _stages) = (life, step, collectives, stages);
        (_rank, _ranks) = (rank, ranks);
    }

    /// <summary>Completes when the epoch is over: at the first failure, also while no operation runs, or when these peers are closed.</summary>
    public Task<PeerException> Broken => _life.Broken;

    public TimeSpan Waited => _step.Waited;

    /// <summary>How long the operations of a step may take together, from the next step on. The shard's own thread.</summary>
    public void Allow(TimeSpan stepTime) => _step.Timeout = stepTime;

    public void BeginStep(ulong epoch, ulong step)
    {
        _step.Begin(epoch, step);
        _collectives.BeginStep();
        _stages.BeginStep();
    }

    /// <summary>Hands a step's order on to the other ranks of the stage, which wait for it. Rank 0 only, before the step.</summary>
    /// <exception cref="PeerException">A peer is lost.</exception>
    public void SendOrder(ulong epoch, ulong step, ReadOnlySpan<byte> order)
    {
        _life.ThrowIfBroken("sending a step's order");
        _step.Begin(epoch, step);
        _collectives.SendOrder(order);
    }

    /// <summary>Waits for a step's order, for as long as there is none. Other ranks than 0 only, before the step.</summary>
    /// <exception cref="PeerException">A peer is lost, or rank 0 is at another step; or the epoch is over.</exception>
    public byte[] ReceiveOrder(ulong epoch, ulong step)
    {
        _life.ThrowIfBroken("receiving a step's order");
        _step.BeginIdle(epoch, step);
        return _collectives.ReceiveOrder();
    }

    public void AllReduce(Span<float> values)
    {
        Start("the all-reduce", values.Length);
        _collectives.AllReduce(values);
    }

    public void Broadcast(Span<float> values)
    {
        Start("the broadcast", values.Length);
        _collectives.Broadcast(values);
    }

    public void GatherToFirst(ReadOnlySpan<float> mine, Span<float> all, ReadOnlySpan<int> counts)
    {
        Start("the gather", mine.Length);
        if (counts.Length != _ranks || counts[_rank] != mine.Length)
            throw new ArgumentException($"Rank {_rank} of {_ranks} brings {mine.Length} values; the {counts.Length} counts do not say so.", nameof(counts));
        if (_rank == 0 && all.Length != Sum(counts))
            throw new ArgumentException($"Rank 0 has room for {all.Length} values, but {Sum(counts)} will come.", nameof(all));
        _collectives.GatherToFirst(mine, all, counts);
    }

    public void ExchangeWithPartner(ReadOnlySpan<float> mine, Span<float> theirs)
    {
        Start("the exchange with the partner", Math.Max(mine.Length, theirs.Length));
        if (_ranks % 2 != 0)
            throw new InvalidOperationException($"Rank {_rank} of {_ranks} has no partner: only an even number of ranks comes in pairs.");
        _collectives.ExchangeWithPartner(mine, theirs);
    }

    public void ReceiveFromPreviousStage(Span<float> hidden)
    {
        Start("receiving hidden states", hidden.Length);
        _stages.Receive(hidden);
    }

    public void SendToNextStage(ReadOnlySpan<float> hidden)
    {
        Start("sending hidden states", hidden.Length);
        _stages.Send(hidden);
    }

    /// <summary>Ends the epoch for this shard and, through it, for its peers: waits of all threads return at once.</summary>
    /// <param name="reason">What peers of this process are told, as the end of "closed its channels: ...".</param>
    public void Close(string reason) => _life.Break(new Fault(FaultKind.Closed, _life.Shard, $"{_life.Names[_life.Shard]} closed its channels: {reason}"));

    /// <summary>Closes, and lets go of the connections. What peers have not taken yet is dropped: so only when every shard is done, or the epoch is lost.</summary>
    public void Dispose()
    {
        Close("it is done with the epoch");
        _life.Release();
    }

    private void Start(string operation, int values)
    {
        _life.ThrowIfBroken(operation);
        if (!_step.HasBegun)
            throw new InvalidOperationException($"No step has begun: BeginStep comes before {operation}.");
        if (values > FrameTag.MaxValues)
            throw new ArgumentException($"{values} values are too many for {operation}; the limit is {FrameTag.MaxValues}: run fewer rows in a step.");
    }

    private static int Sum(ReadOnlySpan<int> counts)
    {
        var sum = 0;
        foreach (var count in counts)
            sum = checked(sum + count);
        return sum;
    }
}

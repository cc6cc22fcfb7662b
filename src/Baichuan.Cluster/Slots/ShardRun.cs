using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Telemetry;
using Baichuan.Compute.Channels;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Slots;

/// <summary>
/// One shard in one epoch. Orders come from any thread; the slot's own thread executes. Steps run strictly by number, early ones are held; after a
/// failure or <see cref="Close"/> every step fails at once. Only rank 0 of a stage is given steps: it hands them on to the others over the data channels, which spares each of them a call and its answer in every step.
/// </summary>
internal sealed class ShardRun(ShardKey key, AttachOrder order)
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ulong, HeldStep> _held = [];
    private ShardStatus _status = new() { Phase = ShardPhase.Loading };
    private LoadedShard? _shard; // from when it is loaded
    private ulong _next;

    public ShardKey Key => key;

    /// <summary>Whether it is rank 0 of its stage.</summary>
    private bool Leads => key.Shard % order.TensorParallel == 0;

    public AttachOrder Order => order;

    /// <summary>Cancelled when the epoch is over for this shard.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Completes when <see cref="Status"/> says that the run has failed.</summary>
    public Task Ended => _ended.Task;

    public ShardStatus Status
    {
        get
        {
            lock (_gate)
                return _status;
        }
    }

    /// <summary>Takes a step and returns its result once it, and every step before it, has run. On rank 0.</summary>
    public Task<StepResult> Enqueue(StepBatch batch, bool follows, TimeSpan allowed)
    {
        if (!Leads)
            return Task.FromException<StepResult>(new ShardFailureException($"Shard {key.Shard} takes its steps from rank 0 of its stage; step {batch.Step} of epoch {key.Epoch} came to it alone.", null, false));
        var held = new HeldStep(batch, follows, allowed);
        lock (_gate)
        {
            if (_status.Phase == ShardPhase.Failed)
                return Task.FromException<StepResult>(Failure());
            if (batch.Step < _next || !_held.TryAdd(batch.Step, held))
                return Task.FromException<StepResult>(new ShardFailureException($"Step {batch.Step} of epoch {key.Epoch} came twice; shard {key.Shard} is at step {_next}.", null, false));
        }

        _arrived.Release();
        return held.Result.Task;
    }

    /// <summary>Moves on to the next phase, unless the run has ended meanwhile.</summary>
    public void Advance(ShardPhase phase)
    {
        lock (_gate)
        {
            if (_status.Phase != ShardPhase.Failed)
                _status = new ShardStatus { Phase = phase, BlocksOf = _shard?.BlocksOf(key.Replica) ?? 0 };
        }
    }

    /// <summary>The shard is loaded, and stays as it is until the first step.</summary>
    public void Take(LoadedShard shard)
    {
        lock (_gate)
            _shard = shard;
    }

    /// <summary>What the shard's blocks hold; nothing before it is loaded, or when a step was taken.</summary>
    public NamedBlock[] Recall()
    {
        lock (_gate)
            return _next == 0 ? _shard?.NamesOf(key.Replica) ?? [] : [];
    }

    /// <summary>Runs steps until the epoch is over. On the slot's thread.</summary>
    public void Execute(LoadedShard shard, ShardPeers peers, SlotMetrics metrics)
    {
        while (true)
        {
            var step = Leads ? TakeNext() : ReceiveNext(peers);
            metrics.OnStepBegan(step.Follows);
            peers.Allow(step.Allowed);
            if (Leads && order.TensorParallel > 1)
                peers.SendOrder(key.Epoch, step.Batch.Step, RelayedOrder.Write(step.Batch, step.Follows, step.Allowed));
            var result = shard.Run(key, step.Batch, peers);
            step.Result.TrySetResult(result);
            metrics.OnStepEnded(result);
        }
    }

    /// <summary>Ends the run: held steps and later ones fail with this reason. The first reason stays; false: there was one.</summary>
    public bool Close(string reason, int? lostShard = null, bool fault = false)
    {
        HeldStep[] unfinished;
        ShardFailureException failure;
        lock (_gate)
        {
            if (_status.Phase == ShardPhase.Failed)
                return false;
            _status = new ShardStatus { Phase = ShardPhase.Failed, Failure = reason, LostShard = lostShard, Fault = fault };
            failure = Failure();
            unfinished = [.. _held.Values];
            _held.Clear();
        }

        _ended.TrySetResult(); // first: by the next line peers learn that it left, not why
        _closed.Cancel();
        foreach (var step in unfinished)
            step.Result.TrySetException(failure);
        return true;
    }

    private HeldStep TakeNext()
    {
        while (true)
        {
            lock (_gate)
            {
                // The step stays in the table while it runs, so that Close can fail it when the thread cannot.
                _held.Remove(_next - 1);
                if (_status.Phase == ShardPhase.Failed)
                    throw new OperationCanceledException(_closed.Token);
                if (_held.TryGetValue(_next, out var step))
                {
                    _next++;
                    return step;
                }
            }

            _arrived.Wait(_closed.Token);
        }
    }

    private HeldStep ReceiveNext(ShardPeers peers)
    {
        var received = peers.ReceiveOrder(key.Epoch, _next);
        lock (_gate)
            _next++;
        var (batch, follows, allowed) = RelayedOrder.Read(received);
        return new HeldStep(batch, follows, allowed);
    }

    private ShardFailureException Failure() => new(_status.Failure!, _status.LostShard, _status.Fault);

    private sealed record HeldStep(StepBatch Batch, bool Follows, TimeSpan Allowed)
    {
        public TaskCompletionSource<StepResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

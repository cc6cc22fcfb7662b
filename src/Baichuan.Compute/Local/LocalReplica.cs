using System.Runtime.ExceptionServices;
using Baichuan.Compute.Channels;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Local;

/// <summary>All shards of a replica in this process, a thread each: the executors, channels and step frames of the cluster without the cluster.
/// Used by one thread at a time.</summary>
public sealed class LocalReplica : IDisposable
{
    private readonly ShardThread[] _shards;
    private readonly TimeSpan _stepTimeout;
    private readonly bool _spin;

    /// <summary>Loads all shards at once, each on its own thread.</summary>
    /// <param name="stepTimeout">How long the operations of one step may take together.</param>
    /// <param name="spin">Wait for peers spinning before blocking: only where there are no more compute threads than cores.</param>
    /// <exception cref="Exception">What kept a shard from loading.</exception>
    public LocalReplica(
        IShardExecutorFactory factory, ModelCheckpoint checkpoint, ShardPlan plan, ExecutorOptions options, TimeSpan stepTimeout, bool spin = false, CancellationToken cancellation = default)
    {
        Plan = plan;
        _stepTimeout = stepTimeout;
        _spin = spin;
        _shards = [.. plan.Shards.Select(shard => new ShardThread(() => factory.Load(checkpoint, plan, shard, options, cancellation)))];
        try
        {
            Join();
        }
        catch
        {
            Dispose();
            throw;
        }

        Reset();
    }

    public ShardPlan Plan { get; }

    /// <summary>Runs one step on every shard and returns what rank 0 of the last stage answers.</summary>
    /// <exception cref="Exception">A shard's failure; one that is not a consequence of another's, if there is one. <see cref="Reset"/> comes next.</exception>
    public StepResult Run(StepBatch batch)
    {
        foreach (var shard in _shards)
            shard.Begin(batch);
        Join();
        return _shards[Plan[Plan.PipelineParallel - 1, 0].Index].Result!;
    }

    /// <summary>Opens a new epoch: no sequences, fresh channels.</summary>
    public void Reset()
    {
        var peers = LocalPeers.Connect(Plan, _stepTimeout, _spin);
        for (var i = 0; i < _shards.Length; i++)
            _shards[i].Open(peers[i]);
    }

    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Dispose();
    }

    private void Join()
    {
        foreach (var shard in _shards)
            shard.Join();
        if (Array.Exists(_shards, static shard => shard.Failure is not null))
            ExceptionDispatchInfo.Throw(_shards.Select(shard => shard.Failure).OfType<Exception>().OrderBy(failure => failure is PeerException).First());
    }
}

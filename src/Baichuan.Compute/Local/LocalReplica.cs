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

    /// <summary>Loads every shard, one after the other: each uses all compute threads.</summary>
    /// <param name="stepTimeout">How long the operations of one step may take together.</param>
    public LocalReplica(
        IShardExecutorFactory factory, ModelCheckpoint checkpoint, ShardPlan plan, ExecutorOptions options, TimeSpan stepTimeout, CancellationToken cancellation = default)
    {
        Plan = plan;
        _stepTimeout = stepTimeout;
        var loaded = new List<ShardThread>();
        try
        {
            foreach (var shard in plan.Shards)
                loaded.Add(new ShardThread(factory.Load(checkpoint, plan, shard, options, cancellation)));
        }
        catch
        {
            loaded.ForEach(shard => shard.Dispose());
            throw;
        }

        _shards = [.. loaded];
        Connect();
    }

    public ShardPlan Plan { get; }

    /// <summary>Runs one step on every shard and returns what rank 0 of the last stage answers.</summary>
    /// <exception cref="Exception">A shard's failure; one that is not a consequence of another's, if there is one. <see cref="Reset"/> comes next.</exception>
    public StepResult Run(StepBatch batch)
    {
        foreach (var shard in _shards)
            shard.Begin(batch);
        foreach (var shard in _shards)
            shard.Join();
        if (_shards.Select(shard => shard.Failure).OfType<Exception>().OrderBy(failure => failure is PeerException).FirstOrDefault() is { } cause)
            ExceptionDispatchInfo.Throw(cause);
        return _shards[Plan[Plan.PipelineParallel - 1, 0].Index].Result!;
    }

    /// <summary>Opens a new epoch: no sequences, fresh channels.</summary>
    public void Reset()
    {
        foreach (var shard in _shards)
        {
            shard.Executor.Reset();
            shard.Peers!.Dispose();
        }

        Connect();
    }

    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Dispose();
    }

    private void Connect()
    {
        var peers = LocalPeers.Connect(Plan, _stepTimeout);
        for (var i = 0; i < _shards.Length; i++)
            _shards[i].Peers = peers[i];
    }
}

using Baichuan.Compute.Channels;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Compute;

/// <summary>All shards of a replica in this process, a thread each: the executors, channels and step frames of the cluster without the cluster.
/// Used by one thread at a time.</summary>
public sealed class LocalReplica : IDisposable
{
    private readonly IShardExecutor[] _executors;
    private readonly ShardPeers[] _peers;

    private LocalReplica(ShardPlan plan, IShardExecutor[] executors, TimeSpan stepTimeout)
    {
        Plan = plan;
        _executors = executors;
        _peers = LocalPeers.Connect(plan, stepTimeout);
    }

    public ShardPlan Plan { get; }

    /// <summary>Loads every shard, one after the other: each uses all compute threads.</summary>
    /// <param name="stepTimeout">How long the operations of one step may take together.</param>
    public static LocalReplica Load(
        IShardExecutorFactory factory, ModelCheckpoint checkpoint, ShardPlan plan, ExecutorOptions options, TimeSpan stepTimeout, CancellationToken cancellation)
    {
        var executors = new List<IShardExecutor>();
        try
        {
            foreach (var shard in plan.Shards)
                executors.Add(factory.Load(checkpoint, plan, shard, options, cancellation));
            return new LocalReplica(plan, [.. executors], stepTimeout);
        }
        catch
        {
            executors.ForEach(executor => executor.Dispose());
            throw;
        }
    }

    /// <summary>Runs one step on every shard and returns what rank 0 of the last stage answers.</summary>
    /// <exception cref="Exception">The failure of a shard; of the one that failed first, if several did.</exception>
    public StepResult Run(StepBatch batch)
    {
        var results = new StepResult?[_executors.Length];
        Exception? first = null;
        var threads = new Thread[_executors.Length];
        for (var i = 0; i < threads.Length; i++)
        {
            var shard = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    results[shard] = _executors[shard].Execute(batch, _peers[shard]);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref first, e, null);
                    _peers[shard].Close("a shard failed"); // nobody waits for it
                }
            });
            threads[i].Start();
        }

        foreach (var thread in threads)
            thread.Join();
        if (first is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        return results[^Plan.TensorParallel]!;
    }

    public void Dispose()
    {
        foreach (var peers in _peers)
            peers.Dispose();
        foreach (var executor in _executors)
            executor.Dispose();
    }
}

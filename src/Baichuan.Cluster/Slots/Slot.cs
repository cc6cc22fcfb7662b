using System.Collections.Concurrent;
using System.Diagnostics;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Telemetry;
using Baichuan.Compute;
using Baichuan.Compute.Channels;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Faults;
using Baichuan.Model.Plan;
using Microsoft.Extensions.Logging;

namespace Baichuan.Cluster.Slots;

/// <summary>
/// One device place: its thread, the shard in its memory, and the run that it serves. A new run ends the one before; weights stay when the cut is the same.
/// </summary>
internal sealed partial class Slot : IDisposable
{
    // A peer may still load its weights. The coordinator sees it if one is gone, and then closes the run, which ends the wait.
    private static readonly TimeSpan MostLoadTime = TimeSpan.FromHours(6);

    /// <summary>A slot that is given nothing for so long is a spare one.</summary>
    private static readonly TimeSpan RestBeforeRehearsal = TimeSpan.FromSeconds(2);

    // Code is compiled well when it has been called thirty times, which counts from 100 ms after the last code was new. The shallowest model has three layers a stage.
    private static readonly TimeSpan RestBetweenPasses = TimeSpan.FromMilliseconds(150);
    private const int RehearsalPasses = 12;

    private readonly int _number;
    private readonly ModelCheckpoint _checkpoint;
    private readonly IShardExecutorFactory _factory;
    private readonly DataListener _listener;
    private readonly DeploymentOptions _deployment;
    private readonly SlotOptions _options;
    private readonly ILogger _logger;
    private readonly CoreSet? _cores;
    private readonly SlotMetrics _metrics;
    private readonly BlockingCollection<ShardRun> _runs = [];
    private readonly Dictionary<string, ulong> _seen = []; // by replica: the last epoch that it had here
    private readonly CancellationTokenSource _wanted = new(); // the first run is there, or none will come
    private readonly Thread _thread;
    private LoadedShard? _loaded;
    private volatile ShardRun? _run;
    private volatile bool _isBroken;

    public Slot(int number, ModelCheckpoint checkpoint, IShardExecutorFactory factory, DataListener listener, DeploymentOptions deployment, SlotOptions options, CoreSet? cores, TimeProvider time, ILogger logger)
    {
        _number = number;
        _checkpoint = checkpoint;
        _factory = factory;
        _listener = listener;
        _deployment = deployment;
        _options = options;
        _logger = logger;
        _cores = cores;
        _metrics = new SlotMetrics(number, time);
        _thread = new Thread(Work) { Name = $"slot {number}", IsBackground = true };
        _thread.Start();
    }

    // As a replica of the deployed layout will ask for.
    private bool KvCopies => _deployment.KvCopies && _factory.KeepsKvCopies && ShardPlan.HasPairs(_deployment.TensorParallel);

    /// <summary>The run that holds the slot; null before the first.</summary>
    public ShardRun? Run => _run;

    /// <inheritdoc cref="SlotHost.IsReady"/>
    public bool IsReady => !_isBroken && _run?.Status.Phase is (null or ShardPhase.Ready or ShardPhase.Failed);

    /// <inheritdoc cref="SlotHost.IsQuiet"/>
    public bool IsQuiet(TimeSpan time) => _run?.Status.Phase != ShardPhase.Ready || _metrics.SinceStep >= time;

    /// <summary>Whether the slot has had a run of this key: it is never begun a second time. Callers hold the host's lock.</summary>
    public bool HasSeen(ShardKey key) => _seen.TryGetValue(key.Replica, out var epoch) && epoch == key.Epoch;

    /// <summary>Gives the slot to a new run. Callers hold the host's lock.</summary>
    public void Assign(ShardRun run)
    {
        _run?.Close($"Epoch {_run.Key.Epoch} is over on slot {_number}: epoch {run.Key.Epoch} of {run.Key.Replica} has begun.");
        _run = run;
        _seen[run.Key.Replica] = run.Key.Epoch;
        _runs.Add(run);
        _wanted.Cancel();
    }

    public void Dispose()
    {
        _run?.Close($"Slot {_number} is shutting down.");
        _runs.CompleteAdding();
        _wanted.Cancel();
        _thread.Join();
        _runs.Dispose();
        _wanted.Dispose();
    }

    private void Work()
    {
        _cores?.KeepThisThread();
        if (!_wanted.Token.WaitHandle.WaitOne(RestBeforeRehearsal))
            Rehearse();
        foreach (var run in _runs.GetConsumingEnumerable())
        {
            try
            {
                Serve(run);
            }
            catch (OperationCanceledException) when (run.Closed.IsCancellationRequested)
            {
                // The run was closed by an order; its steps have their answer.
            }
            catch (PeerException e)
            {
                Lose(run, e);
            }
            catch (Exception e)
            {
                Fail(run, e, fault: false); // it did not come to a step
            }
        }

        _loaded?.Executor.Dispose(); // on its own thread, as everything that touches it
    }

    /// <summary>Loads what a replica would most likely want here, rank 0 of the last stage, and runs it. The weights stay until another cut is asked for.</summary>
    private void Rehearse()
    {
        try
        {
            var plan = ShardPlan.Create(_checkpoint.Config, _deployment.TensorParallel, _deployment.PipelineParallel);
            var blocks = MemoryPlan.Fit(plan, _options.KvCacheBytes, _deployment.KvCache, _deployment.MaxSequences, _deployment.MaxBatchRows, KvCopies);
            var shard = plan.Shards.Count - plan.TensorParallel;
            var loaded = Load(new ShardCut(plan.TensorParallel, plan.PipelineParallel, shard, blocks, KvCopies), _wanted.Token);
            for (var pass = 0; pass < RehearsalPasses && (pass == 0 || !_wanted.Token.WaitHandle.WaitOne(RestBetweenPasses)); pass++)
                Rehearsal.Run(loaded.Executor, shard, _deployment.ToExecutorOptions(_checkpoint, blocks, KvCopies, _options, _number));
        }
        catch (OperationCanceledException)
        {
            // Somebody needs the slot.
        }
        catch (Exception e)
        {
            LogNotRehearsed(_number, e.Message); // whoever needs the slot will hear it again
        }
    }

    private void Serve(ShardRun run)
    {
        run.Closed.ThrowIfCancellationRequested();
        var order = run.Order;
        var loaded = Load(new ShardCut(order.TensorParallel, order.PipelineParallel, run.Key.Shard, new KvBlockCounts(order.GlobalBlocks, order.SlidingBlocks), order.KvCopies), run.Closed);
        loaded.Executor.Reset();
        run.Take(loaded);
        run.Advance(ShardPhase.Connecting);
        using var peers = Connect(run);
        using var closing = run.Closed.Register(() => peers.Close($"epoch {run.Key.Epoch} is over"));
        _ = peers.Broken.ContinueWith(broken => Lose(run, broken.Result), TaskScheduler.Default); // also while no step runs
        run.Advance(ShardPhase.Ready);
        _isBroken = false;
        LogReady(run.Key.Shard, run.Key.Epoch, run.Key.Replica);
        _metrics.OnReady(run.Key);
        try
        {
            run.Execute(loaded, peers, _metrics);
        }
        catch (Exception e) when (e is not (PeerException or OperationCanceledException))
        {
            Fail(run, e, fault: true); // before the channels close, which the peers would be told instead
        }
        finally
        {
            _metrics.OnEnded();
        }
    }

    private void Fail(ShardRun run, Exception failure, bool fault)
    {
        _isBroken = true;
        if (run.Close($"Shard {run.Key.Shard} failed on slot {_number}: {failure.Message}", fault: fault))
            LogFailed(failure, run.Key.Shard, run.Key.Epoch);
    }

    private void Lose(ShardRun run, PeerException failure)
    {
        if (run.Close(failure.Message, failure.IsSilence ? null : failure.Shard))
            LogPeerLost(run.Key.Shard, run.Key.Epoch, failure.Message);
    }

    private LoadedShard Load(ShardCut cut, CancellationToken cancellation)
    {
        if (_loaded is { } loaded && loaded.Cut == cut)
            return loaded;
        _loaded?.Executor.Dispose();
        _loaded = null;
        var plan = ShardPlan.Create(_checkpoint.Config, cut.TensorParallel, cut.PipelineParallel);
        var started = Stopwatch.GetTimestamp();
        var executor = _factory.Load(_checkpoint, plan, plan.Shards[cut.Shard], _deployment.ToExecutorOptions(_checkpoint, cut.Blocks, cut.KvCopies, _options, _number), cancellation);
        FaultPoint.Pass(FaultPoint.Load);
        _loaded = new LoadedShard(cut, executor);
        _metrics.OnLoaded(Stopwatch.GetElapsedTime(started));
        return _loaded;
    }

    // The slot's own thread waits: nothing else can happen here until the peers have met.
    private ShardPeers Connect(ShardRun run) => RemotePeers.ConnectAsync(
        _listener,
        new PeerConnectOrder
        {
            ReplicaId = run.Key.Replica,
            Epoch = run.Key.Epoch,
            Secret = run.Order.Secret,
            ShardIndex = run.Key.Shard,
            TensorParallel = run.Order.TensorParallel,
            PipelineParallel = run.Order.PipelineParallel,
            Endpoints = run.Order.Endpoints,
            StepTimeout = _deployment.StepTimeout,
            ConnectTimeout = MostLoadTime,
            Spin = _options.Spin,
        },
        run.Closed).GetAwaiter().GetResult();

    [LoggerMessage(LogLevel.Information, "Shard {Shard} of {Replica} is ready in epoch {Epoch}")]
    private partial void LogReady(int shard, ulong epoch, string replica);

    [LoggerMessage(LogLevel.Warning, "Shard {Shard} left epoch {Epoch}: {Reason}")]
    private partial void LogPeerLost(int shard, ulong epoch, string reason);

    [LoggerMessage(LogLevel.Warning, "Slot {Slot} has nothing to do and could not rehearse: {Reason}")]
    private partial void LogNotRehearsed(int slot, string reason);

    [LoggerMessage(LogLevel.Error, "Shard {Shard} failed in epoch {Epoch}")]
    private partial void LogFailed(Exception exception, int shard, ulong epoch);
}

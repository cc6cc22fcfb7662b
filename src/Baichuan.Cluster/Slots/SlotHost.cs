using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Hosting;
using Baichuan.Cluster.Security;
using Baichuan.Compute;
using Baichuan.Compute.Channels;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Slots;

/// <summary>
/// What a silo really holds: its slots with their weights, KV pools and threads, and the listener of its data channels. Grains come and go on top of it.
/// It fences: once it has seen an epoch of a replica, it takes no order of a lower one.
/// </summary>
public sealed class SlotHost : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ulong> _epochs = [];
    private readonly Slot[] _slots;
    private readonly ModelCheckpoint _checkpoint;
    private readonly DataListener _listener;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();

    /// <param name="tls">Null: data channels are in the clear.</param>
    /// <exception cref="Baichuan.Model.ModelFormatException">The checkpoint is not one.</exception>
    /// <exception cref="PlanException">It cannot be cut as deployed.</exception>
    public SlotHost(IOptions<DeploymentOptions> deployment, IOptions<SlotOptions> options, IShardExecutorFactory factory, TimeProvider time, ILogger<SlotHost> logger, ClusterTls? tls = null)
    {
        _time = time;
        var deployed = deployment.Value;
        _checkpoint = ModelCheckpoint.Open(deployed.ModelFolder);
        var plan = ShardPlan.Create(_checkpoint.Config, deployed.TensorParallel, deployed.PipelineParallel);
        Profile = Cluster.Profile.IdOf(_checkpoint, plan, deployed.WeightsOf(_checkpoint), deployed.KvCache, factory, options.Value.Device);
        Shape = ModelShape.IdOf(_checkpoint.Config, deployed.ModelFolder);
        KvCopies = deployed.KvCopies && factory.KeepsKvCopies;
        MemoryPlan.Fit(plan, options.Value.KvCacheBytes, deployed.KvCache, deployed.MaxSequences, deployed.MaxBatchRows, KvCopies); // refuses slots that hold nothing
        _listener = new DataListener(Address.Parse("Slots:DataAddress", options.Value.DataAddress), options.Value.DataPort, tls?.ForChannels);
        var cores = CoreSet.Parse("Slots:Cores", options.Value.Cores);
        _slots = [.. Enumerable.Range(0, options.Value.Count).Select(number => new Slot(number, _checkpoint, factory, _listener, deployed, options.Value, cores, time, logger))];
        (KvCacheBytes, KvCache) = (options.Value.KvCacheBytes, deployed.KvCache);
        (Weights, MemoryBytes) = (deployed.WeightsOf(_checkpoint), MemoryOf(options.Value));
        Checked = Task.Factory.StartNew(() => _checkpoint.Check(_closing.Token), _closing.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Ends when the checkpoint was compared with its manifest, if there is one, or with a <see cref="Baichuan.Model.ModelFormatException"/> if it is not what
    /// that states. Nothing is to be computed with it before.</summary>
    public Task Checked { get; }

    /// <summary>Id of the profile that this process computes; its replica's coordinator insists on one for all.</summary>
    public string Profile { get; }

    /// <inheritdoc cref="ModelShape"/>
    public string Shape { get; }

    /// <summary>Type of the matrices in memory.</summary>
    public WeightType Weights { get; }

    public int Slots => _slots.Length;

    /// <summary>Bytes that one slot gives to its KV pools.</summary>
    public long KvCacheBytes { get; }

    public KvType KvCache { get; }

    /// <inheritdoc cref="DeploymentOptions.KvCopies"/>
    public bool KvCopies { get; }

    /// <summary>Bytes that one slot may take for weights and KV pools; 0: not known.</summary>
    public long MemoryBytes { get; }

    /// <summary>Where the data channels listen: ip:port.</summary>
    public string DataEndpoint => _listener.Endpoint.ToString();

    /// <summary>Whether the checkpoint is checked and every shard that a slot was given runs steps. A slot that was given none, or whose run was ended by an order or a peer's loss, does not count; one that failed by itself is
    /// not ready until it runs a shard again.</summary>
    public bool IsReady => Checked.IsCompletedSuccessfully && _slots.All(slot => slot.IsReady);

    /// <summary>Whether no slot has run a step for so long.</summary>
    public bool IsQuiet(TimeSpan time) => _slots.All(slot => slot.IsQuiet(time));

    /// <summary>Orders a shard into an epoch and says how far it is. Idempotent.</summary>
    /// <exception cref="StaleEpochException">A higher epoch of the replica is known here.</exception>
    public ShardStatus Attach(ShardKey key, AttachOrder order)
    {
        if (order.Profile != Profile)
            return new ShardStatus { Phase = ShardPhase.Failed, Failure = $"This silo computes profile {Profile}, the replica profile {order.Profile}: weights, types, executor or layout differ." };
        lock (_gate)
        {
            Fence(key);
            if (key.Slot >= _slots.Length)
                return new ShardStatus { Phase = ShardPhase.Failed, Failure = $"Slot {key.Slot} is asked for; this silo has {_slots.Length} (Slots:Count)." };
            var slot = _slots[key.Slot];
            if (slot.Run?.Key == key)
                return slot.Run.Status;
            if (slot.HasSeen(key))
                return new ShardStatus { Phase = ShardPhase.Failed, Failure = $"Slot {key.Slot} was given to {slot.Run?.Key.Replica} meanwhile." };
            slot.Assign(new ShardRun(key, order));
            return slot.Run!.Status;
        }
    }

    /// <summary>What the shard's blocks hold, as long as it has run no step of the epoch.</summary>
    public NamedBlock[] Recall(ShardKey key) => Held(key).Recall();

    /// <summary>Runs a step on the shard's slot.</summary>
    /// <param name="follows">As in <see cref="StepOrder"/>.</param>
    /// <param name="allowed">As in <see cref="StepOrder"/>.</param>
    public Task<StepResult> StepAsync(ShardKey key, StepBatch batch, bool follows, TimeSpan allowed) => Held(key).Enqueue(batch, follows, allowed);

    /// <summary>How the shard is when its run is over, or after <paramref name="most"/>.</summary>
    /// <exception cref="StaleEpochException">A higher epoch of the replica is known here by then: who watches is not its coordinator any more.</exception>
    public async Task<ShardStatus> WatchAsync(ShardKey key, TimeSpan most)
    {
        var run = Held(key);
        await run.Ended.WaitAsync(most, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
            Fence(key);
        return run.Status;
    }

    /// <summary>Ends the epoch for the shard, if it is still the one that runs.</summary>
    public void Detach(ShardKey key, string reason)
    {
        lock (_gate)
        {
            if (key.Slot < _slots.Length && _slots[key.Slot].Run is { } run && run.Key == key)
                run.Close(reason);
        }
    }

    public void Dispose()
    {
        foreach (var slot in _slots)
            slot.Dispose();
        _listener.Dispose();
        _closing.Cancel();
        ((IAsyncResult)Checked).AsyncWaitHandle.WaitOne(); // it reads the checkpoint's files
        _closing.Dispose();
        _checkpoint.Dispose();
    }

    private static long MemoryOf(SlotOptions options) =>
        options.MemoryBytes > 0 ? options.MemoryBytes
        : options.Device == "cpu" ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Math.Max(1, options.Count)
        : 0;

    private ShardRun Held(ShardKey key)
    {
        lock (_gate)
        {
            Fence(key);
            return key.Slot < _slots.Length && _slots[key.Slot].Run is { } run && run.Key == key
                ? run
                : throw new ShardFailureException($"Slot {key.Slot} does not hold shard {key.Shard} of epoch {key.Epoch}; attach it first.", null, false);
        }
    }

    private void Fence(ShardKey key)
    {
        var highest = _epochs.GetValueOrDefault(key.Replica);
        if (key.Epoch < highest)
            throw new StaleEpochException($"Epoch {key.Epoch} of {key.Replica} is over; this silo has seen epoch {highest}.");
        _epochs[key.Replica] = key.Epoch;
    }
}

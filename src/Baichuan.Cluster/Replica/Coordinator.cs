using System.Runtime.InteropServices;
using System.Text;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Slots;
using Baichuan.Cluster.Telemetry;
using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling;
using Microsoft.Extensions.Logging;

namespace Baichuan.Cluster.Replica;

/// <summary>
/// A replica's life: opens an epoch, drives it until a shard fails, opens the next; the sequences and their tokens stay, and what shards have computed, as far as any still has it. In the replica
/// grain's context only.
/// </summary>
internal sealed partial class Coordinator
{
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(100);

    // After an epoch that did run: its steps have taken some time, so this is no busy loop.
    private static readonly TimeSpan RecoveryPeriod = TimeSpan.FromMilliseconds(10);

    // By when the model's grain has answered. Asked again it mints another epoch, which does no harm.
    private static readonly TimeSpan GrantTime = TimeSpan.FromSeconds(3);

    // A silo that failed while others were upgraded is started again as it was; after this time the streams that only it could go on with no longer keep the replica from others.
    private static readonly TimeSpan ProfilePatience = TimeSpan.FromSeconds(30);

    private const int MostUnheard = 1_000;

    private readonly ReplicaKey _key;
    private readonly string _silo;
    private readonly SlotHost? _slots;
    private readonly DeploymentOptions _deployment;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ModelConfig _config;
    private readonly StreamTable _streams;
    private readonly ReplicaMetrics _metrics;
    private readonly StepMetrics _steps;
    private readonly RequestMetrics _requests;
    private readonly SuspectSilos _suspects;
    private readonly StepDeadlines _deadlines;
    private ShardPlan _plan; // of the layout in force
    private Scheduler? _scheduler; // from the first epoch of a profile on
    private EngineLoop? _loop;
    private EpochGrant? _grant;
    private string _profile = ""; // of the scheduler and its streams; before there is one, that of the replica's last epoch, if any
    private ReplicaState _state = ReplicaState.Waiting;
    private string? _note;
    private long? _waitsSince; // for slots
    private HashSet<string> _ranInFailure = [];
    private bool _trustsBlocks = true; // no fault came of what is cached
    private readonly Queue<ForgetRequest> _unheard = []; // until it is known what is cached

    /// <param name="silo">The silo that this coordinator is on.</param>
    /// <param name="slots">That silo's, whose shards it calls directly; null: it has none.</param>
    public Coordinator(ReplicaKey key, string silo, SlotHost? slots, DeploymentOptions deployment, IGrainFactory grains, TimeProvider time, ILogger logger)
    {
        _key = key;
        _silo = silo;
        _slots = slots;
        _deployment = deployment;
        _grains = grains;
        _time = time;
        _logger = logger;
        _config = ModelConfig.Load(deployment.ModelFolder);
        _plan = ShardPlan.Create(_config, deployment.TensorParallel, deployment.PipelineParallel);
        _metrics = new ReplicaMetrics(key.Index);
        _steps = new StepMetrics(key.Index);
        _requests = new RequestMetrics(key.Index);
        _streams = new StreamTable(time, _steps, _deployment.DeliveryInterval);
        _suspects = new SuspectSilos(time);
        _deadlines = new StepDeadlines(deployment.StepTimeout);
    }

    public ReplicaStatus Status
    {
        get
        {
            var counters = _scheduler?.Counters ?? default;
            return new ReplicaStatus
            {
                Index = _key.Index,
                State = _state,
                Epoch = _grant?.Epoch ?? 0,
                Shards = _grant?.Places ?? [],
                Waiting = counters.Waiting,
                Running = counters.Running,
                GlobalBlocksUsed = counters.BlocksUsed.Global,
                GlobalBlocks = counters.BlocksTotal.Global,
                SlidingBlocksUsed = counters.BlocksUsed.Sliding,
                SlidingBlocks = counters.BlocksTotal.Sliding,
                Note = _note,
                Coordinator = _silo,
                Profile = _profile,
            };
        }
    }

    public void Wake() => _loop?.Wake();

    /// <summary>Ends the epoch between two steps, if it is still this one: the next finds slots for a larger layout.</summary>
    public void Regroup(ulong epoch)
    {
        if (_grant?.Epoch == epoch && _state == ReplicaState.Ready)
            _loop?.End();
    }

    public SubmitReply Submit(SubmitRequest request)
    {
        if (_streams.Find(request.Gateway, request.RequestId) is { } there)
            return new SubmitReply { Stream = there.Id, Profile = _profile };
        if (_scheduler is null)
            return new SubmitReply { Refusal = SubmitRefusal.NotReady, Reason = $"Replica {_key.Index} has not formed yet." };
        if (request.Profile.Length > 0 && request.Profile != _profile)
            return new SubmitReply { Refusal = SubmitRefusal.OtherProfile, Reason = $"Replica {_key.Index} runs profile {_profile}, the stream is of profile {request.Profile}." };
        var generated = MemoryMarshal.Cast<byte, int>(request.Generated.Span).ToArray();
        if (!_scheduler.TryEnqueue(ToSequence(request, generated), _time.GetUtcNow(), out var sequence, out var refusal))
        {
            return new SubmitReply
            {
                Refusal = refusal.Reason == RefusalReason.QueueFull ? SubmitRefusal.QueueFull : SubmitRefusal.Impossible,
                Reason = refusal.Message,
                RetryAfter = refusal.RetryAfter,
            };
        }

        var phases = new RequestPhases(generated.Length == 0 ? _requests : null, request.Class, _time, _steps, PhaseSpans.For(request.TraceParent, _key.Index));
        var stream = _streams.Open(request.Gateway, request.RequestId, $"{request.Tenant}/{request.ClientRequestId}", generated.Length, phases);
        if (sequence.Finish is { } finish)
            _streams.Publish(new SequenceOutcome(sequence, null, finish));
        Wake();
        return new SubmitReply { Stream = stream.Id, Profile = _profile };
    }

    public Task<StreamUpdates> NextAsync(NextRequest request) => _streams.NextAsync(request, () => _grant?.Epoch ?? 0);

    public void Cancel(CancelRequest request)
    {
        foreach (var stream in request.Streams)
        {
            if (_streams.Close(request.Gateway, stream) is { } sequence)
                _scheduler?.Cancel(sequence);
        }

        Wake();
    }

    public void Forget(ForgetRequest request)
    {
        if (_scheduler is { LastEpoch: not null } scheduler)
        {
            scheduler.Forget(request.Tenant, MemoryMarshal.Cast<byte, int>(request.Tokens.Span));
            return;
        }

        _unheard.Enqueue(request);
        if (_unheard.Count > MostUnheard)
            _unheard.Dequeue();
    }

    /// <summary>Ends what must end without a token, whether or not an epoch is open: requests past their deadline, and those of gateways that went silent.
    /// To be called every now and then.</summary>
    public void EndOverdue()
    {
        var orphans = _streams.DropSilent();
        if (_scheduler is not { } scheduler)
            return;
        foreach (var orphan in orphans)
            scheduler.Cancel(orphan);
        foreach (var outcome in scheduler.Expire(_time.GetUtcNow()))
            _streams.Publish(outcome);
    }

    /// <summary>Runs epoch after epoch. Returns when cancelled, or when a shard knows a higher epoch than this coordinator: another one has taken over.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await RunEpochAsync(cancellation);
            }
            catch (StaleEpochException e)
            {
                LogTakenOver(_key.Index, e.Message);
                break;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // The grain goes; gateways submit again to its next activation.
            }
            catch (Exception e)
            {
                var pause = _state == ReplicaState.Ready ? RecoveryPeriod : RetryPeriod;
                OnEpochEnded(e);
                await Task.Delay(pause, _time, CancellationToken.None);
            }
        }

        _metrics.OnLeft();
    }

    private async Task RunEpochAsync(CancellationToken cancellation)
    {
        // 1. An epoch and places for its shards.
        var needed = _streams.HaveBegun && (_waitsSince is not { } since || _time.GetElapsedTime(since) < ProfilePatience) ? _profile : "";
        var grant = await _grains.GetGrain<IModelGrain>(_key.Model).OpenEpoch(_key.Index, _grant?.Epoch ?? 0, _suspects.Current(), _silo, needed).WaitAsync(GrantTime, _time, cancellation);
        if (grant.Shortage is { } shortage)
        {
            (_state, _note) = (ReplicaState.Waiting, shortage);
            _waitsSince ??= _time.GetTimestamp();
            _profile = _grant is null ? grant.Profile : _profile;
            await Task.Delay(RetryPeriod, _time, cancellation);
            return;
        }

        if (_scheduler is not null && grant.Profile != _profile)
            BeginAnew();
        (_state, _grant, _profile, _waitsSince) = (ReplicaState.Forming, grant, grant.Profile, null);
        var scheduler = LayOut(grant);
        var shards = new ShardGroup(Reach, _key.ToString(), grant, _deadlines, _time);
        try
        {
            // 2. Every shard loads, and meets its peers.
            var order = Order(grant, scheduler.Counters.BlocksTotal);
            var lost = await FindLostAsync(scheduler, shards, await shards.FormAsync(order, cancellation));

            // 3. Steps, until it fails or there are slots for more.
            scheduler.OpenEpoch(grant.Epoch, lost);
            _trustsBlocks = true;
            while (_unheard.TryDequeue(out var request))
                Forget(request);
            var missing = Deployed - grant.Places.Count;
            (_state, _note) = (ReplicaState.Ready, missing == 0 ? null : $"It does without {missing} of {Deployed} slots, as {_plan.PipelineParallel} x {_plan.TensorParallel} shards, until they are there.");
            _metrics.OnReady(missing);
            LogReady(_key.Index, grant.Epoch, _plan.PipelineParallel, _plan.TensorParallel, lost is null ? 0 : grant.Places.Count - lost.Count);
            _loop = new EngineLoop(scheduler, _streams, _metrics, _steps, _deployment.DeliveryInterval, _time);
            await _loop.DriveAsync(shards, () => shards.CheckAsync(order), cancellation);
        }
        catch (EpochFailedException e)
        {
            if (e.Fault)
            {
                _trustsBlocks = false;
                EndRepeatOffenders();
            }

            IReadOnlyList<int> lost = e.Shard is { } named ? [named] : e.Fault ? [] : await shards.FindSilentAsync();
            foreach (var shard in lost)
                _suspects.Add(grant.Places[shard].Silo);
            throw;
        }
        catch (Exception e) when (e is not (StaleEpochException or OperationCanceledException))
        {
            _trustsBlocks = false;
            throw;
        }
        finally
        {
            _scheduler?.FailEpoch();
            shards.Detach();
        }
    }

    /// <summary>The shards that have nothing of what was computed before, and can have it from their partners; null: it has to be computed again. A coordinator that takes over recalls what it is.</summary>
    private async Task<IReadOnlyList<int>?> FindLostAsync(Scheduler scheduler, ShardGroup shards, IReadOnlyList<ShardStatus> statuses)
    {
        if (scheduler.LastEpoch is { } last)
            return _trustsBlocks ? LostShards.Find(shards.Grant, statuses, scheduler.ComputedIn ?? 0, last) : null;
        var computedIn = statuses.Max(status => status.BlocksOf);
        var lost = LostShards.Find(shards.Grant, statuses, computedIn);
        if (lost is not null)
            scheduler.Recall(computedIn, await shards.RecallAsync(lost));
        return lost;
    }

    // What another profile computes is another replica's: its streams, its cache, the size of its pools. Gateways submit again what may run here.
    private void BeginAnew()
    {
        _scheduler = null;
        _streams.LoseAll();
        _metrics.OnRenewed();
        LogOtherProfile(_key.Index);
    }

    private IShardGrain Reach(ShardKey shard) => shard.Silo == _silo && _slots is not null ? new HostedShard(_slots, shard, _time) : _grains.GetGrain<IShardGrain>(shard.ToString());

    private int Deployed => _deployment.TensorParallel * _deployment.PipelineParallel;

    /// <summary>Takes up the layout of an epoch: its cut, and pools as large as the smallest slot allows.</summary>
    private Scheduler LayOut(EpochGrant grant)
    {
        if (_plan.TensorParallel != grant.TensorParallel || _plan.PipelineParallel != grant.PipelineParallel)
        {
            var before = _plan;
            _plan = ShardPlan.Create(_config, grant.TensorParallel, grant.PipelineParallel);
            _deadlines.OnLayoutChanged(Math.Max((double)before.Shards.Count / _plan.Shards.Count, (double)before.TensorParallel / _plan.TensorParallel));
        }

        var blocks = MemoryPlan.Fit(_plan, grant.Places.Min(place => place.KvCacheBytes), grant.Places[0].KvCache, _deployment.MaxSequences, _deployment.MaxBatchRows, LostShards.KeepCopies(grant));
        if (_scheduler is null)
            return _scheduler = new Scheduler(SchedulerOptionsFor(grant, blocks));
        foreach (var outcome in _scheduler.Resize(blocks, _plan.PipelineParallel, PlansAhead))
            _streams.Publish(outcome);
        return _scheduler;
    }

    private bool PlansAhead => _plan.PipelineParallel == 1;

    // A request that makes a shard fail would do so in every epoch. What ran in two failures in a row is ended, the innocent beside it included.
    private void EndRepeatOffenders()
    {
        var running = _scheduler?.RunningRequests ?? [];
        foreach (var request in running.Where(_ranInFailure.Contains))
        {
            if (_scheduler?.Cancel(request, FinishReason.Error) is { } outcome)
                _streams.Publish(outcome);
        }

        _ranInFailure = [.. running];
    }

    private void OnEpochEnded(Exception failure)
    {
        (_state, _note) = (ReplicaState.Waiting, failure.Message);
        if (_grant is not { } grant)
            return;
        _metrics.OnEpochFailed();
        LogEpochFailed(_key.Index, grant.Epoch, failure.Message);
    }

    private SchedulerOptions SchedulerOptionsFor(EpochGrant grant, KvBlockCounts blocks) => new()
    {
        Blocks = blocks,
        SlidingWindow = _config.SlidingWindow,
        VocabularySize = _config.VocabularySize,
        MaxContext = _deployment.ContextOf(_config),
        MaxBatchRows = _deployment.MaxBatchRows,
        MaxSequences = _deployment.MaxSequences,
        MaxWaiting = _deployment.MaxWaiting,
        MaxWaitingTokens = _deployment.MaxWaitingTokens,
        MaxWaitingPerTenant = _deployment.MaxWaitingPerTenant,
        MaxWaitingTokensPerTenant = _deployment.MaxWaitingTokensPerTenant,
        MaxQueueTime = _deployment.MaxQueueTime,
        TenantWeights = _deployment.TenantWeights,
        BatchesInFlight = _plan.PipelineParallel,
        PlansAhead = PlansAhead,
        PrefixCache = _deployment.PrefixCache,
        PrefixSecret = (byte[])[.. grant.PrefixSecret, .. Encoding.UTF8.GetBytes(grant.Profile)],
    };

    private AttachOrder Order(EpochGrant grant, KvBlockCounts blocks) => new()
    {
        TensorParallel = grant.TensorParallel,
        PipelineParallel = grant.PipelineParallel,
        GlobalBlocks = blocks.Global,
        SlidingBlocks = blocks.Sliding,
        Endpoints = [.. grant.Places.Select(place => place.DataEndpoint)],
        Secret = grant.Secret,
        Profile = grant.Profile,
        KvCopies = LostShards.KeepCopies(grant),
    };

    private static SequenceRequest ToSequence(SubmitRequest request, int[] generated) => new()
    {
        RequestId = StreamTable.SequenceOf(request.Gateway, request.RequestId),
        Prompt = MemoryMarshal.Cast<byte, int>(request.Prompt.Span).ToArray(),
        Generated = generated,
        MaxTokens = request.MaxTokens,
        Sampling = MemoryMarshal.Read<SamplingSettings>(request.Sampling.Span),
        StopTokens = request.StopTokens.ToArray(),
        Biases = MemoryMarshal.Cast<byte, TokenBias>(request.Biases.Span).ToArray(),
        Deadline = request.Deadline,
        Tenant = request.Tenant,
        Class = request.Class,
        SkipsPrefixCache = request.ScoresPrompt,
    };

    [LoggerMessage(LogLevel.Information, "Replica {Replica} is ready in epoch {Epoch}, as {Stages} stages of {Ranks} ranks; {Kept} of the shards have the blocks of the epoch before")]
    private partial void LogReady(int replica, ulong epoch, int stages, int ranks, int kept);

    [LoggerMessage(LogLevel.Information, "Replica {Replica} begins anew: the slots that it has now compute another profile")]
    private partial void LogOtherProfile(int replica);

    [LoggerMessage(LogLevel.Warning, "This coordinator of replica {Replica} steps down: {Reason}")]
    private partial void LogTakenOver(int replica, string reason);

    [LoggerMessage(LogLevel.Warning, "Epoch {Epoch} of replica {Replica} is over: {Reason}")]
    private partial void LogEpochFailed(int replica, ulong epoch, string reason);
}

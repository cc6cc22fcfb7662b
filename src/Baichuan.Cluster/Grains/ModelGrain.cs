using System.Security.Cryptography;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Placement;
using Baichuan.Cluster.Slots;
using Baichuan.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Core.Internal;

namespace Baichuan.Cluster.Grains;

/// <summary>Knows what is deployed and what is offered, keeps the replicas' loops alive, and mints their epochs. Everything but the epochs and their places is
/// told again within a second of a restart, so only these are stored.</summary>
[KeepAlive, ControlPlacement]
internal sealed partial class ModelGrain(
    [PersistentState("epochs")] IPersistentState<EpochLedger> ledger,
    IOptions<DeploymentOptions> options,
    SlotHost host,
    IClusterMembershipService membership,
    TimeProvider time,
    ILogger<ModelGrain> logger) : Grain, IModelGrain
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PeriodWhileWaiting = TimeSpan.FromMilliseconds(200); // gateways go by what is seen here
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(3);

    private const int SecretBytes = 32;

    private readonly CancellationTokenSource _stopping = new();
    private readonly DeploymentOptions _deployment = options.Value;
    private readonly SlotOffers _offers = new(time);
    private readonly Dictionary<int, ReplicaStatus> _replicas = [];
    private readonly ReplicaPlaces _places = new(ModelConfig.Load(options.Value.ModelFolder), options.Value, time);
    private int _context;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var (replica, places) in ledger.State.Places.Where(entry => entry.Key < _deployment.Replicas))
            _places.Restore(replica, places);
        _context = _deployment.ContextOf(ModelConfig.Load(_deployment.ModelFolder));
        for (var replica = 0; replica < _deployment.Replicas; replica++)
            _ = KeepGoingAsync(replica, _stopping.Token);
        _ = ReplaceLostCoordinatorsAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _stopping.CancelAsync();

    public Task<IReadOnlyList<SlotAdvertisement>> Advertise(SlotAdvertisement advertisement)
    {
        _offers.Put(advertisement);
        if (host.Slots > 0 && advertisement.Slots == 0)
            this.MigrateOnIdle(); // to a silo of control, which was not there when it was activated
        return Task.FromResult(_offers.Current());
    }

    public Task<bool> Withdraw(string silo)
    {
        _offers.Withdraw(silo);
        var offered = _offers.Current().Select(offer => offer.Silo).ToHashSet();
        var othersServe = _replicas.Values.Any(replica => replica.State == ReplicaState.Ready && replica.Shards.All(shard => offered.Contains(shard.Silo)));
        return Task.FromResult(othersServe || !_places.On(silo).ToList().TrueForAll(CanMove));
    }

    // Only slots of its profile go on with its streams.
    private bool CanMove(int replica) =>
        ledger.State.Profiles.GetValueOrDefault(replica) is { } profile && _places.Choose(replica, [profile], _offers.Current(), TakenBeside(replica), coordinator: "").Places is not null;

    public async Task<EpochGrant> OpenEpoch(int replica, ulong after, IReadOnlyList<string> avoid, string coordinator, string needed)
    {
        if (membership.CurrentSnapshot.GetSiloStatus(SiloAddress.FromParsableString(coordinator)) == SiloStatus.Dead)
            throw new StaleEpochException($"Silo {coordinator} was declared dead while it stood still: its coordinator of replica {replica} gets no epoch, another one has taken over.");
        foreach (var silo in avoid)
            _offers.Doubt(silo);
        var offers = Usable().Where(offer => !avoid.Contains(offer.Silo)).ToList();
        var taken = TakenBeside(replica);
        var last = ledger.State.Profiles.GetValueOrDefault(replica, "");
        var profiles = ProfileChoice.Order(offers, needed, last);
        var (profile, places) = _places.Choose(replica, profiles, offers, taken, coordinator);
        var epoch = Math.Max(after, ledger.State.Epochs.GetValueOrDefault(replica)) + 1;
        if (places is null)
        {
            _places.OnWaiting(replica);
            return new EpochGrant { Epoch = 0, Secret = [], Places = [], Profile = last, Shortage = _places.Shortage(offers, taken, needed, profiles) };
        }

        ledger.State.Epochs[replica] = epoch;
        ledger.State.Places[replica] = [.. places];
        ledger.State.Profiles[replica] = profile;
        ledger.State.PrefixSecrets.TryAdd(replica, RandomNumberGenerator.GetBytes(SecretBytes));
        try
        {
            await ledger.WriteStateAsync();
        }
        catch (Exception e)
        {
            // Somebody else may have written: whatever is stored counts, and this activation starts over from it.
            LogEpochNotStored(e, epoch, replica);
            DeactivateOnIdle();
            throw;
        }

        _places.OnOpened(replica, places);
        LogEpochOpened(epoch, replica);
        return new EpochGrant { Epoch = epoch, Secret = RandomNumberGenerator.GetBytes(SecretBytes), Places = places, Profile = profile, PrefixSecret = ledger.State.PrefixSecrets[replica] };
    }

    /// <summary>Whether a replica that does without some slots could have more, by offers that have stood for a while: going there costs a replay.</summary>
    internal bool CouldGrow(ReplicaStatus replica) =>
        replica.State == ReplicaState.Ready
        && replica.Shards.Count < _places.Deployed
        && _places.Choose(replica.Index, [replica.Profile], [.. Usable().Where(offer => _offers.IsSettled(offer.Silo))], TakenBeside(replica.Index), replica.Coordinator ?? "").Places?.Count > replica.Shards.Count;

    private HashSet<(string Silo, int Slot)> TakenBeside(int replica) => _places.TakenBeside(replica, other => _replicas.GetValueOrDefault(other)?.State == ReplicaState.Waiting);

    private IEnumerable<SlotAdvertisement> Usable() => _offers.Current().Where(offer => !IsGone(offer));

    public Task<ClusterTopology> GetTopology() => Task.FromResult(new ClusterTopology
    {
        Model = _deployment.Model,
        Profile = _replicas.OrderBy(entry => entry.Key).FirstOrDefault(entry => entry.Value.State == ReplicaState.Ready).Value?.Profile ?? host.Profile,
        TensorParallel = _deployment.TensorParallel,
        PipelineParallel = _deployment.PipelineParallel,
        MaxContext = _context,
        Silos = _offers.Current(),
        Replicas = [.. _replicas.OrderBy(entry => entry.Key).Select(entry => entry.Value)],
    });

    // A new coordinator suspects nobody yet, and a dead silo's offer stands for a moment.
    private bool IsGone(SlotAdvertisement offer) => membership.CurrentSnapshot.GetSiloStatus(SiloAddress.FromParsableString(offer.Silo)).IsTerminating();

    // Beside the grain's calls: a coordinator that does not answer holds up neither offers and epochs nor the other replicas.
    private async Task KeepGoingAsync(int replica, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await LookAtAsync(replica);
            var period = _replicas.GetValueOrDefault(replica)?.State == ReplicaState.Ready ? Period : PeriodWhileWaiting;
            await Task.Delay(period, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    // At once, not with the next period.
    private async Task ReplaceLostCoordinatorsAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var members in membership.MembershipUpdates.WithCancellation(stop))
            {
                bool IsLost(ReplicaStatus replica) => replica.Coordinator is { } silo && members.GetSiloStatus(SiloAddress.FromParsableString(silo)) == SiloStatus.Dead;
                await Task.WhenAll(_replicas.Values.Where(IsLost).Select(replica => LookAtAsync(replica.Index)));
            }
        }
        catch (OperationCanceledException)
        {
            // This grain goes.
        }
    }

    private async Task LookAtAsync(int replica)
    {
        try
        {
            var grain = GrainFactory.GetGrain<IReplicaGrain>(new ReplicaKey(_deployment.Model, replica).ToString());
            var status = await grain.Start().WaitAsync(AnswerTime, time);
            if (status.Epoch < ledger.State.Epochs.GetValueOrDefault(replica) && _places.Has(replica))
                return; // it is about to take up the epoch that was opened meanwhile; a new coordinator that waits for slots has none
            _replicas[replica] = status;
            _places.OnSeen(replica, status.Shards); // how a new activation of this grain learns where the replicas stand
            if (status is { Running: 0, Waiting: 0, Coordinator: { } silo } && _offers.ComputesBesideControl(silo))
                await grain.AsReference<IGrainManagementExtension>().MigrateOnIdle();
            else if (CouldGrow(status))
                await grain.Regroup(status.Epoch).WaitAsync(AnswerTime, time);
        }
        catch (Exception e)
        {
            LogReplicaSilent(replica, e.Message);
            if (_replicas.TryGetValue(replica, out var last))
                _replicas[replica] = last with { State = ReplicaState.Waiting, Note = "Its coordinator does not answer." };
        }
    }

    [LoggerMessage(LogLevel.Information, "Epoch {Epoch} of replica {Replica} is open")]
    private partial void LogEpochOpened(ulong epoch, int replica);

    [LoggerMessage(LogLevel.Warning, "Epoch {Epoch} of replica {Replica} could not be stored")]
    private partial void LogEpochNotStored(Exception exception, ulong epoch, int replica);

    [LoggerMessage(LogLevel.Warning, "Replica {Replica} does not answer: {Reason}")]
    private partial void LogReplicaSilent(int replica, string reason);
}

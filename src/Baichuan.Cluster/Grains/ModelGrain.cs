using System.Security.Cryptography;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Placement;
using Baichuan.Cluster.Slots;
using Baichuan.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Grains;

/// <summary>Knows what is deployed and what is offered, keeps the replicas' loops alive, and mints their epochs. Everything but the epochs and their places is
/// told again within a second of a restart, so only these are stored.</summary>
[KeepAlive]
internal sealed partial class ModelGrain(
    [PersistentState("epochs")] IPersistentState<EpochLedger> ledger,
    IOptions<DeploymentOptions> options,
    SlotHost host,
    IClusterMembershipService membership,
    TimeProvider time,
    ILogger<ModelGrain> logger) : Grain, IModelGrain
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(3);

    // By then silos have told a new activation what they offer; before, a replica could seem to have lost more slots than it has.
    private static readonly TimeSpan FirstOffers = TimeSpan.FromSeconds(1);

    // Longer than pods that start together take to be all there; after it, serving from another replica's pods is better than not serving.
    private static readonly TimeSpan HomePatience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stopping = new();
    private readonly DeploymentOptions _deployment = options.Value;
    private readonly SlotOffers _offers = new(time);
    private readonly Dictionary<int, ReplicaStatus> _replicas = [];
    private readonly Dictionary<int, IReadOnlyList<ShardPlace>> _places = [];
    private readonly Dictionary<int, long> _waiting = []; // by replica: since when it has too few slots
    private readonly HomePods _homes = new(options.Value.TensorParallel * options.Value.PipelineParallel, options.Value.Replicas);
    private readonly LayoutPlanner _layouts = new(ModelConfig.Load(options.Value.ModelFolder), options.Value);
    private readonly long _began = time.GetTimestamp();
    private int _context;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var (replica, places) in ledger.State.Places.Where(entry => entry.Key < _deployment.Replicas))
            _places[replica] = places;
        _context = _deployment.ContextOf(ModelConfig.Load(_deployment.ModelFolder));
        // Interleaves: a coordinator that does not answer must not hold up offers and epochs.
        this.RegisterGrainTimer(KeepReplicasGoing, new GrainTimerCreationOptions(TimeSpan.Zero, Period) { Interleave = true });
        _ = ReplaceLostCoordinatorsAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _stopping.CancelAsync();

    public Task<IReadOnlyList<SlotAdvertisement>> Advertise(SlotAdvertisement advertisement)
    {
        _offers.Put(advertisement);
        return Task.FromResult(_offers.Current());
    }

    public Task<bool> Withdraw(string silo)
    {
        _offers.Withdraw(silo);
        var offered = _offers.Current().Select(offer => offer.Silo).ToHashSet();
        var othersServe = _replicas.Values.Any(replica => replica.State == ReplicaState.Ready && replica.Shards.All(shard => offered.Contains(shard.Silo)));
        var canAllMove = _places.Where(entry => entry.Value.Any(place => place.Silo == silo)).All(entry => CanMove(entry.Key));
        return Task.FromResult(othersServe || !canAllMove);
    }

    // Only slots of its profile go on with its streams.
    private bool CanMove(int replica) =>
        ledger.State.Profiles.GetValueOrDefault(replica) is { } profile && PlaceAny(replica, profile, _offers.Current(), coordinator: "") is not null;

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
        var (profile, places) = profiles.Select(profile => (Profile: profile, Places: PlaceWhole(replica, profile, offers, taken, coordinator)))
            .Concat(profiles.Select(profile => (Profile: profile, Places: PlaceSmaller(replica, profile, offers, taken, coordinator))))
            .FirstOrDefault(choice => choice.Places is not null);
        var epoch = Math.Max(after, ledger.State.Epochs.GetValueOrDefault(replica)) + 1;
        if (places is null)
        {
            _waiting.TryAdd(replica, time.GetTimestamp());
            _places.Remove(replica); // it holds nothing while it waits
            return new EpochGrant { Epoch = 0, Secret = [], Places = [], Profile = last, Shortage = _layouts.Shortage(offers, taken, needed, profiles) };
        }

        ledger.State.Epochs[replica] = epoch;
        ledger.State.Places[replica] = [.. places];
        ledger.State.Profiles[replica] = profile;
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

        _places[replica] = places;
        if (places.Count == _layouts.Shards)
            _waiting.Remove(replica);
        else
            _waiting.TryAdd(replica, time.GetTimestamp());
        LogEpochOpened(epoch, replica);
        return new EpochGrant { Epoch = epoch, Secret = RandomNumberGenerator.GetBytes(32), Places = places, Profile = profile };
    }

    /// <summary>At home, or if that is not all there: where it is on others' slots already, or has waited for long enough, on any.</summary>
    private IReadOnlyList<ShardPlace>? PlaceWhole(int replica, string profile, IEnumerable<SlotAdvertisement> offered, HashSet<(string Silo, int Slot)> taken, string coordinator)
    {
        var (offers, previous) = (Of(profile, offered), _places.GetValueOrDefault(replica, []));
        return _layouts.Place(offers, taken, previous, coordinator, AtHome(replica)) ?? (MayGoAnywhere(replica, offers) ? _layouts.Place(offers, taken, previous, coordinator, null) : null);
    }

    /// <summary>A replica that has lost some of its slots makes do with fewer, one that forms does not: others are about to come, or are spares of other replicas.</summary>
    private IReadOnlyList<ShardPlace>? PlaceSmaller(int replica, string profile, IEnumerable<SlotAdvertisement> offered, HashSet<(string Silo, int Slot)> taken, string coordinator)
    {
        var offers = Of(profile, offered);
        var hasSome = time.GetElapsedTime(_began) >= FirstOffers && ledger.State.Places.GetValueOrDefault(replica, []).Any(place => !taken.Contains((place.Silo, place.Slot)) && offers.Exists(offer => offer.Silo == place.Silo));
        return hasSome ? _layouts.PlaceSmaller(offers, taken, _places.GetValueOrDefault(replica, []), coordinator, MayGoAnywhere(replica, offers) ? null : AtHome(replica)) : null;
    }

    private static List<SlotAdvertisement> Of(string profile, IEnumerable<SlotAdvertisement> offers) => [.. offers.Where(offer => offer.Profile == profile)];

    private Func<SlotAdvertisement, int, bool> AtHome(int replica) => (silo, slot) => _homes.Allow(replica, silo, slot);

    private bool MayGoAnywhere(int replica, List<SlotAdvertisement> offers) =>
        _places.GetValueOrDefault(replica, []).Any(place => offers.Find(offer => offer.Silo == place.Silo) is { } there && !_homes.Allow(replica, there, place.Slot))
        || (_waiting.TryGetValue(replica, out var since) && time.GetElapsedTime(since) > HomePatience);

    private HashSet<(string Silo, int Slot)> TakenBeside(int replica) =>
        [.. _places.Where(entry => entry.Key != replica && _replicas.GetValueOrDefault(entry.Key)?.State != ReplicaState.Waiting).SelectMany(entry => entry.Value).Select(place => (place.Silo, place.Slot))];

    /// <summary>Whether a replica that does without some slots could have more, by offers that have stood for a while: going there costs a replay.</summary>
    internal bool CouldGrow(ReplicaStatus replica)
    {
        if (replica.State != ReplicaState.Ready || replica.Shards.Count >= _layouts.Shards)
            return false;
        var settled = Usable().Where(offer => _offers.IsSettled(offer.Silo)).ToList();
        return PlaceAny(replica.Index, replica.Profile, settled, replica.Coordinator ?? "")?.Count > replica.Shards.Count;
    }

    private IReadOnlyList<ShardPlace>? PlaceAny(int replica, string profile, IReadOnlyList<SlotAdvertisement> offers, string coordinator)
    {
        var taken = TakenBeside(replica);
        return PlaceWhole(replica, profile, offers, taken, coordinator) ?? PlaceSmaller(replica, profile, offers, taken, coordinator);
    }

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

    private Task KeepReplicasGoing(CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, _deployment.Replicas).Select(KeepGoing));

    // At once, not with the next period.
    private async Task ReplaceLostCoordinatorsAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var members in membership.MembershipUpdates.WithCancellation(stop))
            {
                bool IsLost(ReplicaStatus replica) => replica.Coordinator is { } silo && members.GetSiloStatus(SiloAddress.FromParsableString(silo)) == SiloStatus.Dead;
                await Task.WhenAll(_replicas.Values.Where(IsLost).Select(replica => KeepGoing(replica.Index)));
            }
        }
        catch (OperationCanceledException)
        {
            // This grain goes.
        }
    }

    private async Task KeepGoing(int replica)
    {
        try
        {
            var grain = GrainFactory.GetGrain<IReplicaGrain>(new ReplicaKey(_deployment.Model, replica).ToString());
            var status = await grain.Start().WaitAsync(AnswerTime, time);
            if (status.Epoch < ledger.State.Epochs.GetValueOrDefault(replica) && _places.GetValueOrDefault(replica) is { Count: > 0 })
                return; // it is about to take up the epoch that was opened meanwhile; a new coordinator that waits for slots has none
            _replicas[replica] = status;
            _places[replica] = status.Shards; // how a new activation of this grain learns where the replicas stand
            if (CouldGrow(status))
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

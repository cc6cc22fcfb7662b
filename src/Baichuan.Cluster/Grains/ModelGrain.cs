using System.Security.Cryptography;
using Baichuan.Cluster.Abstractions;
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

    private readonly DeploymentOptions _deployment = options.Value;
    private readonly SlotOffers _offers = new(time);
    private readonly Dictionary<int, ReplicaStatus> _replicas = [];
    private readonly Dictionary<int, IReadOnlyList<ShardPlace>> _places = [];
    private readonly Dictionary<int, long> _waiting = []; // by replica: since when it has too few slots
    private readonly HomePods _homes = new(options.Value.TensorParallel * options.Value.PipelineParallel, options.Value.Replicas);
    private readonly LayoutPlanner _layouts = new(ModelConfig.Load(options.Value.ModelFolder), options.Value, host.Weights);
    private readonly long _began = time.GetTimestamp();
    private int _context;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var (replica, places) in ledger.State.Places.Where(entry => entry.Key < _deployment.Replicas))
            _places[replica] = places;
        _context = _deployment.ContextOf(ModelConfig.Load(_deployment.ModelFolder));
        // Interleaves: a coordinator that does not answer must not hold up offers and epochs.
        this.RegisterGrainTimer(KeepReplicasGoing, new GrainTimerCreationOptions(TimeSpan.Zero, Period) { Interleave = true });
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<SlotAdvertisement>> Advertise(SlotAdvertisement advertisement)
    {
        _offers.Put(advertisement);
        return Task.FromResult(_offers.Current());
    }

    public Task<bool> Withdraw(string silo)
    {
        _offers.Withdraw(silo);
        var offered = _offers.Current().Select(offer => offer.Silo).ToHashSet();
        return Task.FromResult(_replicas.Values.Any(replica => replica.State == ReplicaState.Ready && replica.Shards.All(shard => offered.Contains(shard.Silo))));
    }

    public async Task<EpochGrant> OpenEpoch(int replica, ulong after, IReadOnlyList<string> avoid, string coordinator)
    {
        foreach (var silo in avoid)
            _offers.Doubt(silo);
        var offers = Usable().Where(offer => !avoid.Contains(offer.Silo)).ToList();
        var taken = TakenBesides(replica);
        var places = Place(replica, offers, taken, coordinator);
        var epoch = Math.Max(after, ledger.State.Epochs.GetValueOrDefault(replica)) + 1;
        if (places is null)
        {
            _waiting.TryAdd(replica, time.GetTimestamp());
            _places.Remove(replica); // it holds nothing while it waits
            return new EpochGrant { Epoch = 0, Secret = [], Places = [], Shortage = _layouts.Shortage(offers, taken, host.Profile) };
        }

        ledger.State.Epochs[replica] = epoch;
        ledger.State.Places[replica] = [.. places];
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
        return new EpochGrant { Epoch = epoch, Secret = RandomNumberGenerator.GetBytes(32), Places = places, Profile = host.Profile };
    }

    /// <summary>At home, or if that is not all there: where it is on others' slots already, or has waited for long enough, on any. A replica that has lost some of its slots makes do with fewer, one
    /// that forms does not: others are about to come, or are spares of other replicas.</summary>
    private IReadOnlyList<ShardPlace>? Place(int replica, List<SlotAdvertisement> offers, HashSet<(string Silo, int Slot)> taken, string coordinator)
    {
        var previous = _places.GetValueOrDefault(replica, []);
        var isAway = previous.Any(place => offers.Find(offer => offer.Silo == place.Silo) is { } there && !_homes.Allow(replica, there, place.Slot));
        var hasWaited = _waiting.TryGetValue(replica, out var since) && time.GetElapsedTime(since) > HomePatience;
        var anywhere = isAway || hasWaited;
        bool IsHome(SlotAdvertisement silo, int slot) => _homes.Allow(replica, silo, slot);

        var whole = _layouts.Place(offers, taken, previous, coordinator, IsHome) ?? (anywhere ? _layouts.Place(offers, taken, previous, coordinator, null) : null);
        var hasSome = time.GetElapsedTime(_began) >= FirstOffers && ledger.State.Places.GetValueOrDefault(replica, []).Any(place => !taken.Contains((place.Silo, place.Slot)) && offers.Exists(offer => offer.Silo == place.Silo));
        return whole ?? (hasSome ? _layouts.PlaceSmaller(offers, taken, previous, coordinator, anywhere ? null : IsHome) : null);
    }

    /// <summary>Whether a replica that does without some slots could have more, by offers that have stood for a while: going there costs a replay.</summary>
    internal bool CouldGrow(ReplicaStatus replica) =>
        replica.State == ReplicaState.Ready
        && replica.Shards.Count < _layouts.Shards
        && Place(replica.Index, [.. Usable().Where(offer => _offers.IsSettled(offer.Silo))], TakenBesides(replica.Index), replica.Coordinator ?? "")?.Count > replica.Shards.Count;

    private IEnumerable<SlotAdvertisement> Usable() => _offers.Current().Where(offer => offer.Profile == host.Profile && !IsGone(offer));

    private HashSet<(string Silo, int Slot)> TakenBesides(int replica) =>
        [.. _places.Where(entry => entry.Key != replica && _replicas.GetValueOrDefault(entry.Key)?.State != ReplicaState.Waiting).SelectMany(entry => entry.Value).Select(place => (place.Silo, place.Slot))];

    public Task<ClusterTopology> GetTopology() => Task.FromResult(new ClusterTopology
    {
        Model = _deployment.Model,
        Profile = host.Profile,
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

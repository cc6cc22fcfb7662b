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

    private readonly DeploymentOptions _deployment = options.Value;
    private readonly SlotOffers _offers = new(time);
    private readonly Dictionary<int, ReplicaStatus> _replicas = [];
    private readonly Dictionary<int, IReadOnlyList<ShardPlace>> _places = [];
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

    public Task Withdraw(string silo)
    {
        _offers.Withdraw(silo);
        return Task.CompletedTask;
    }

    public async Task<EpochGrant> OpenEpoch(int replica, ulong after, IReadOnlyList<string> avoid, string coordinator)
    {
        var offers = _offers.Current().Where(offer => offer.Profile == host.Profile && !avoid.Contains(offer.Silo) && !IsGone(offer)).ToList();
        var taken = _places.Where(entry => entry.Key != replica && _replicas.GetValueOrDefault(entry.Key)?.State != ReplicaState.Waiting).SelectMany(entry => entry.Value).Select(place => (place.Silo, place.Slot)).ToHashSet();
        var places = SlotPlanner.Place(_deployment.TensorParallel, _deployment.PipelineParallel, offers, taken, _places.GetValueOrDefault(replica, []), coordinator);
        var epoch = Math.Max(after, ledger.State.Epochs.GetValueOrDefault(replica)) + 1;
        if (places is null)
        {
            _places.Remove(replica); // it holds nothing while it waits
            var free = offers.Sum(offer => offer.Slots) - taken.Count(place => offers.Exists(offer => offer.Silo == place.Silo));
            return new EpochGrant { Epoch = 0, Secret = [], Places = [], Shortage = $"{_deployment.TensorParallel * _deployment.PipelineParallel} slots of profile {host.Profile} are needed, {free} are free." };
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
        LogEpochOpened(epoch, replica);
        return new EpochGrant { Epoch = epoch, Secret = RandomNumberGenerator.GetBytes(32), Places = places, Profile = host.Profile };
    }

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
            if (status.Epoch < ledger.State.Epochs.GetValueOrDefault(replica))
                return; // it is about to take up the epoch that was opened meanwhile
            _replicas[replica] = status;
            _places[replica] = status.Shards; // how a new activation of this grain learns where the replicas stand
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

using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Abstractions;

/// <summary>What is deployed of one model (key: the model's name): knows the slots that silos offer, keeps the wished number of replicas going,
/// and mints their epochs.</summary>
[Alias("Baichuan.IModelGrain")]
public interface IModelGrain : IGrainWithStringKey
{
    /// <summary>A silo offers its slots; to be repeated every second. Returns all offers that stand; this one is not among them if a silo that started before has a model of another shape.</summary>
    [Alias("Advertise")]
    Task<IReadOnlyList<SlotAdvertisement>> Advertise(SlotAdvertisement advertisement);

    /// <summary>A silo leaves: its slots are given out no more. Returns whether it is to wait for what runs there: other replicas take what comes meanwhile, or the streams could go on nowhere
    /// else, since no other slots of their profile would hold the replica.</summary>
    [Alias("Withdraw")]
    Task<bool> Withdraw(string silo);

    /// <summary>Mints an epoch above <paramref name="after"/> and every earlier one of the replica, by compare-and-set in stored state, and places
    /// the replica's shards: where they were if their slots are still offered, else on free ones; on fewer than deployed, cut otherwise, if it has lost some and there are no others.</summary>
    /// <param name="replica">The replica's number.</param>
    /// <param name="after">The epoch that ended; 0 if there was none.</param>
    /// <param name="avoid">Silos that the replica saw fail and that are not to be used, though they may still be offered.</param>
    /// <param name="coordinator">The silo of the replica's coordinator, beside which the shard that answers is best placed.</param>
    /// <param name="needed">The only profile that will do, because streams have begun on it; empty: any.</param>
    [Alias("OpenEpoch")]
    Task<EpochGrant> OpenEpoch(int replica, ulong after, IReadOnlyList<string> avoid, string coordinator, string needed);

    [Alias("GetTopology")]
    Task<ClusterTopology> GetTopology();
}

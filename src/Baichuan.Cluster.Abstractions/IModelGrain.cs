using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Abstractions;

/// <summary>What is deployed of one model (key: the model's name): knows the slots that silos offer, keeps the wished number of replicas going,
/// and mints their epochs.</summary>
[Alias("Baichuan.IModelGrain")]
public interface IModelGrain : IGrainWithStringKey
{
    /// <summary>A silo offers its slots; to be repeated every second. Returns all offers that stand.</summary>
    [Alias("Advertise")]
    Task<IReadOnlyList<SlotAdvertisement>> Advertise(SlotAdvertisement advertisement);

    /// <summary>A silo leaves: its slots are given out no more. Returns whether its replicas' requests have another replica to go to, which is worth waiting for.</summary>
    [Alias("Withdraw")]
    Task<bool> Withdraw(string silo);

    /// <summary>Mints an epoch above <paramref name="after"/> and every earlier one of the replica, by compare-and-set in stored state, and places
    /// the replica's shards: where they were if their slots are still offered, else on free ones; on fewer than deployed, cut otherwise, if it has lost some and there are no others.</summary>
    /// <param name="replica">The replica's number.</param>
    /// <param name="after">The epoch that ended; 0 if there was none.</param>
    /// <param name="avoid">Silos that the replica saw fail and that are not to be used, though they may still be offered.</param>
    /// <param name="coordinator">The silo of the replica's coordinator, beside which the shard that answers is best placed.</param>
    [Alias("OpenEpoch")]
    Task<EpochGrant> OpenEpoch(int replica, ulong after, IReadOnlyList<string> avoid, string coordinator);

    [Alias("GetTopology")]
    Task<ClusterTopology> GetTopology();
}

using Baichuan.Cluster.Abstractions.Shards;
using Orleans.GrainDirectory;

namespace Baichuan.Cluster.Placement;

/// <summary>
/// Where shard grains are, without asking anybody: their keys say it. The cluster's own directory is spread over the silos, and the part of one that is stopped or cut off does not
/// answer until membership has given it up; a new epoch must not wait for that. One key is one activation, since it is the silo itself that activates.
/// </summary>
internal sealed class SlotDirectory : IGrainDirectory
{
    public const string Name = "slots";

    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(address);

    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress) => Task.FromResult<GrainAddress?>(address);

    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult<GrainAddress?>(new GrainAddress
    {
        GrainId = grainId,
        SiloAddress = SiloAddress.FromParsableString(ShardKey.Parse(grainId.Key.ToString()!).Silo),
        ActivationId = ActivationId.GetDeterministic(grainId),
    });

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}

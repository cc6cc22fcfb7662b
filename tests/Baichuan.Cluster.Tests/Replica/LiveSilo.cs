using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Slots;
using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Tests.Replica;

/// <summary>What a silo is to a replica: a real host of one slot, and what it offers.</summary>
internal sealed class LiveSilo : IDisposable
{
    private readonly ComputePool _pool = new(1);
    private bool _isGone;

    public LiveSilo(int number, DeploymentOptions deployment)
    {
        Address = $"127.0.0.1:{number + 1}@1";
        Host = new SlotHost(Options.Create(deployment), Options.Create(new SlotOptions()), new CpuExecutorFactory(_pool), TimeProvider.System, NullLogger<SlotHost>.Instance);
    }

    public string Address { get; }

    public SlotHost Host { get; }

    public SlotAdvertisement Offer => new()
    {
        Silo = Address,
        DataEndpoint = Host.DataEndpoint,
        Slots = Host.Slots,
        KvCacheBytes = Host.KvCacheBytes,
        KvCopies = Host.KvCopies,
        MemoryBytes = Host.MemoryBytes,
        Profile = Host.Profile,
        ProcessId = 1,
    };

    public void Dispose()
    {
        if (_isGone)
            return; // the test has killed it
        _isGone = true;
        Host.Dispose();
        _pool.Dispose();
    }
}

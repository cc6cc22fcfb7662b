using System.Net;
using System.Net.Sockets;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Vitals;
using Microsoft.Extensions.Logging.Abstractions;

namespace Baichuan.Cluster.Tests.Vitals;

/// <summary>A process that ends is a listener that is gone together with its connections.</summary>
public sealed class DeathWatchTests : IDisposable
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);

    private readonly FakeMembership _membership = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly DeathWatch _watch;

    public DeathWatchTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _watch = new DeathWatch(_membership, new FakeSelf(), TimeProvider.System, NullLogger<DeathWatch>.Instance);
    }

    [Fact]
    public async Task A_silo_whose_process_ended_is_declared_dead_once()
    {
        _watch.Watch([Offer(1), Offer(0)]);
        using (var held = await _listener.AcceptAsync().WaitAsync(SafetyNet))
            _listener.Dispose();

        Assert.Equal(Silo(1), await _membership.Killed.Task.WaitAsync(SafetyNet));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_and_proves_nothing()
    {
        _watch.Watch([Offer(1)]);
        for (var i = 0; i < 3; i++)
            (await _listener.AcceptAsync().WaitAsync(SafetyNet)).Dispose();
        using var held = await _listener.AcceptAsync().WaitAsync(SafetyNet);

        Assert.False(_membership.Killed.Task.IsCompleted);
    }

    [Fact]
    public async Task A_port_that_was_never_reached_proves_nothing_by_refusing()
    {
        var offer = Offer(1);
        _listener.Dispose();
        var time = new NotedTime();
        using var watch = new DeathWatch(_membership, new FakeSelf(), time, NullLogger<DeathWatch>.Instance);
        watch.Watch([offer]);

        await time.Waited.Task.WaitAsync(SafetyNet); // for another attempt
        Assert.False(_membership.Killed.Task.IsCompleted);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _watch.Dispose();
    }

    private static SiloAddress Silo(int number) => SiloAddress.New(IPAddress.Loopback, 1000 + number, 1);

    private SlotAdvertisement Offer(int number) => new()
    {
        Silo = Silo(number).ToParsableString(),
        DataEndpoint = "127.0.0.1:1",
        Slots = 1,
        KvCacheBytes = 1,
        Profile = "p",
        ProcessId = 1,
        VitalEndpoint = _listener.LocalEndPoint!.ToString()!,
    };

    /// <summary>Real time that says when somebody begins to wait.</summary>
    private sealed class NotedTime : TimeProvider
    {
        public TaskCompletionSource Waited { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waited.TrySetResult();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    private sealed class FakeSelf : ILocalSiloDetails
    {
        public string Name => "self";

        public string ClusterId => "cluster";

        public string DnsHostName => "host";

        public SiloAddress SiloAddress => Silo(0);

        public SiloAddress GatewayAddress => Silo(0);
    }

    private sealed class FakeMembership : IClusterMembershipService
    {
        public TaskCompletionSource<SiloAddress> Killed { get; } = new();

        public ClusterMembershipSnapshot CurrentSnapshot { get; } =
            new(System.Collections.Immutable.ImmutableDictionary<SiloAddress, ClusterMember>.Empty, new MembershipVersion(1));

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public Task<bool> TryKill(SiloAddress siloAddress)
        {
            Killed.SetResult(siloAddress); // a second time would throw
            return Task.FromResult(true);
        }
    }
}

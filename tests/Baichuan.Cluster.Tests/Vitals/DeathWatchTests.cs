using System.Net;
using System.Net.Sockets;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Vitals;
using Microsoft.Extensions.Logging;
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

    [Fact]
    public async Task A_silo_that_membership_knows_to_be_dead_is_listened_to_no_more()
    {
        var offer = Offer(1);
        _listener.Dispose();
        using var watch = new DeathWatch(_membership, new FakeSelf(), new QuickTime(), NullLogger<DeathWatch>.Instance);
        watch.Watch([offer]); // it is dead already, but its offer stands
        Assert.Equal(1, watch.Watched);

        _membership.Bury(Silo(1));

        using var most = new CancellationTokenSource(SafetyNet);
        while (watch.Watched > 0)
        {
            most.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        watch.Watch([offer]);
        Assert.Equal(0, watch.Watched);
        Assert.False(_membership.Killed.Task.IsCompleted);
    }

    [Fact]
    public async Task A_silo_that_answers_no_more_is_declared_dead_by_who_still_hears_most()
    {
        await using var stopped = new EchoPort();
        await using var alive = new EchoPort();
        using var watch = new DeathWatch(_membership, new FakeSelf(), new QuickTime(), NullLogger<DeathWatch>.Instance);
        watch.Watch([Offer(1) with { VitalEndpoint = stopped.Endpoint }, Offer(2) with { VitalEndpoint = alive.Endpoint }]);
        await stopped.AnswersAsync(3).WaitAsync(SafetyNet);
        await alive.AnswersAsync(3).WaitAsync(SafetyNet);

        stopped.IsSilent = true;

        Assert.Equal(Silo(1), await _membership.Killed.Task.WaitAsync(SafetyNet));
    }

    [Fact]
    public async Task Who_hears_nobody_is_cut_off_itself_and_declares_nobody_dead()
    {
        await using var one = new EchoPort();
        await using var other = new EchoPort();
        var log = new NotedLog();
        using var watch = new DeathWatch(_membership, new FakeSelf(), new QuickTime(), log);
        watch.Watch([Offer(1) with { VitalEndpoint = one.Endpoint }, Offer(2) with { VitalEndpoint = other.Endpoint }]);
        await one.AnswersAsync(3).WaitAsync(SafetyNet);
        await other.AnswersAsync(3).WaitAsync(SafetyNet);

        one.IsSilent = other.IsSilent = true;

        Assert.Contains("declares nobody dead", await log.Second.Task.WaitAsync(SafetyNet), StringComparison.Ordinal);
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

    /// <summary>Real time, five times as fast.</summary>
    private sealed class QuickTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 5 : dueTime, period > TimeSpan.Zero ? period / 5 : period);
    }

    private sealed class NotedLog : ILogger<DeathWatch>
    {
        private int _lines;

        /// <summary>The second line that is written.</summary>
        public TaskCompletionSource<string> Second { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Interlocked.Increment(ref _lines) == 2)
                Second.TrySetResult(formatter(state, exception));
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

        public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } =
            new(System.Collections.Immutable.ImmutableDictionary<SiloAddress, ClusterMember>.Empty, new MembershipVersion(1));

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public void Bury(SiloAddress silo) => CurrentSnapshot =
            new(CurrentSnapshot.Members.Add(silo, new ClusterMember(silo, SiloStatus.Dead, "")), new MembershipVersion(2));

        public Task<bool> TryKill(SiloAddress siloAddress)
        {
            Killed.SetResult(siloAddress); // a second time would throw
            return Task.FromResult(true);
        }
    }
}

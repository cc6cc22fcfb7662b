using System.Net;
using System.Reflection;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Slots;

namespace Baichuan.Cluster.Tests.Slots;

public sealed class OrderRehearsalTests
{
    private readonly List<string> _rehearsed = [];
    private readonly OrderRehearsal _rehearsal;

    public OrderRehearsalTests()
    {
        var factory = DispatchProxy.Create<IGrainFactory, Lookup>();
        ((Lookup)(object)factory).Rehearsed = _rehearsed;
        _rehearsal = new OrderRehearsal(factory, new Self());
    }

    [Fact]
    public void Every_other_silo_with_slots_gets_its_orders_once()
    {
        _rehearsal.Meet([Silo(0), Silo(1), Silo(2, slots: 0)]);
        _rehearsal.Meet([Silo(0), Silo(1), Silo(2, slots: 0), Silo(3, slots: 4)]);

        Assert.Equal([Silo(1).Silo, Silo(3).Silo], _rehearsed);
    }

    [Fact]
    public void One_that_does_not_answer_keeps_nobody_else_from_it()
    {
        _rehearsal.Meet([Silo(Lookup.Gone), Silo(1)]);

        Assert.Equal([Silo(1).Silo], _rehearsed);
    }

    private static SlotAdvertisement Silo(int number, int slots = 1) =>
        new() { Silo = $"127.0.0.1:{number + 1}@1", DataEndpoint = "127.0.0.1:9", Slots = slots, KvCacheBytes = 1, Profile = "p", ProcessId = number };

    /// <summary>Silo 0.</summary>
    private sealed class Self : ILocalSiloDetails
    {
        public string Name => "";

        public string ClusterId => "";

        public string DnsHostName => "";

        public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback, 1, 1);

        public SiloAddress GatewayAddress => SiloAddress;
    }

    public class Lookup : DispatchProxy
    {
        public const int Gone = 7;

        internal List<string> Rehearsed { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => new Shard(Rehearsed, ShardKey.Parse((string)args![0]!).Silo);
    }

    private sealed class Shard(List<string> rehearsed, string silo) : IShardGrain
    {
        public Task<RehearsedAnswers> Rehearse(AttachOrder attach, StepOrder step)
        {
            if (silo == Silo(Lookup.Gone).Silo)
                return Task.FromException<RehearsedAnswers>(new OrleansException("It is gone."));
            rehearsed.Add(silo);
            return Task.FromResult(new RehearsedAnswers(new ShardStatus { Phase = ShardPhase.Failed }, new StepReply(step.Frames, TimeSpan.Zero)));
        }

        public Task<ShardStatus> Watch(TimeSpan most) => throw new NotSupportedException();

        public Task Detach() => Task.CompletedTask;

        public Task<ShardStatus> Attach(AttachOrder order) => throw new NotSupportedException();

        public Task<byte[]> Recall() => throw new NotSupportedException();

        public Task<StepReply> Step(StepOrder order) => throw new NotSupportedException();
    }
}

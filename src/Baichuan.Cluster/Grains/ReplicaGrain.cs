using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Placement;
using Baichuan.Cluster.Replica;
using Baichuan.Cluster.Slots;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Baichuan.Cluster.Grains;

/// <summary>The coordinator of a replica as others reach it. The work is done by <see cref="Coordinator"/>, in this grain's context: one thing at a time,
/// calls between the steps of its loop.</summary>
[KeepAlive, Reentrant, ControlPlacement]
internal sealed class ReplicaGrain(IOptions<DeploymentOptions> options, SlotHost slots, TimeProvider time, ILoggerFactory loggers) : Grain, IReplicaGrain
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stopping = new();
    private Coordinator _coordinator = null!;
    private Task _loop = Task.CompletedTask;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = ReplicaKey.Parse(this.GetPrimaryKeyString());
        _coordinator = new Coordinator(key, GrainContext.Address.SiloAddress!.ToParsableString(), slots, options.Value, GrainFactory, time, loggers.CreateLogger<Coordinator>());
        _loop = RunAsync();
        this.RegisterGrainTimer(EndOverdue, new GrainTimerCreationOptions(Period, Period) { Interleave = true });
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        _coordinator.Wake();
        await _loop;
    }

    public Task<ReplicaStatus> Start() => Task.FromResult(_coordinator.Status);

    public Task Regroup(ulong epoch)
    {
        _coordinator.Regroup(epoch);
        return Task.CompletedTask;
    }

    public Task<SubmitReply> Submit(SubmitRequest request) => Task.FromResult(_coordinator.Submit(request));

    public async Task<NextReply> Next(NextRequest request) => new((await _coordinator.NextAsync(request)).Frame);

    public Task Cancel(CancelRequest request)
    {
        _coordinator.Cancel(request);
        return Task.CompletedTask;
    }

    public Task Forget(ForgetRequest request)
    {
        _coordinator.Forget(request);
        return Task.CompletedTask;
    }

    private async Task RunAsync()
    {
        await _coordinator.RunAsync(_stopping.Token);
        DeactivateOnIdle(); // stopped already, or another activation has taken over
    }

    private Task EndOverdue(CancellationToken cancellation)
    {
        _coordinator.EndOverdue();
        return Task.CompletedTask;
    }
}

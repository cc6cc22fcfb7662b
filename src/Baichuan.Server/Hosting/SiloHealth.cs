using Baichuan.Cluster.Slots;
using Grpc.Core;
using Grpc.Health.V1;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Baichuan.Server.Hosting;

/// <summary>
/// grpc.health.v1 of a silo, for probes. "live": this process answers. "": it is part of the cluster, is not stopping, and every shard that its slots were
/// given runs steps; a slot that was given none is fine.
/// </summary>
internal sealed class SiloHealth(SlotHost slots, IHostApplicationLifetime lifetime) : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) => Task.FromResult(new HealthCheckResponse
    {
        Status = request.Service switch
        {
            "live" => ServingStatus.Serving,
            "" => IsReady ? ServingStatus.Serving : ServingStatus.NotServing,
            _ => throw new RpcException(new Status(StatusCode.NotFound, "No such service is served here; ask for \"\" or \"live\".")),
        },
    });

    private bool IsReady => lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested && slots.IsReady;
}

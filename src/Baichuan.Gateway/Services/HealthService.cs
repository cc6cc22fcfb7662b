using Baichuan.Gateway.Replicas;
using Baichuan.V1;
using Grpc.Core;
using Grpc.Health.V1;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Baichuan.Gateway.Services;

/// <summary>
/// grpc.health.v1 for the whole gateway ("") and for the Inference service: SERVING while a replica is ready and the gateway is not stopping. Straight
/// from the topology: a periodic check between the two would only delay what <c>Watch</c> tells. The service "live" is SERVING as long as this process answers:
/// for a probe that would restart it.
/// </summary>
[BindServiceMethod(typeof(HealthService), nameof(Bind))]
internal sealed class HealthService(TopologyWatch topology, GatewayLifetime lifetime) : Health.HealthBase
{
    private const string Live = "live";

    /// <summary>Found by the gRPC library through the attribute.</summary>
    public static void Bind(ServiceBinderBase binder, Health.HealthBase service) => Health.BindService(new StrictBinder(binder), service);

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        var status = StatusOf(request.Service);
        return status != ServingStatus.ServiceUnknown
            ? Task.FromResult(new HealthCheckResponse { Status = status })
            : throw new RpcException(new Status(StatusCode.NotFound, "No such service is served here; ask for \"\", \"baichuan.v1.Inference\" or \"live\"."));
    }

    /// <summary>The status now and whenever it changes, until the client goes or the gateway stops.</summary>
    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.Stopping);
        ServingStatus? told = null;
        do
        {
            var looked = topology.Looked;
            var status = StatusOf(request.Service);
            if (status != told)
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, context.CancellationToken);
            told = status;
            if (lifetime.Stopping.IsCancellationRequested)
                return;
            await looked.WaitAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!context.CancellationToken.IsCancellationRequested);
    }

    private ServingStatus StatusOf(string service)
    {
        if (service == Live)
            return ServingStatus.Serving;
        if (service is not "" && service != Inference.Descriptor.FullName)
            return ServingStatus.ServiceUnknown;
        return topology.Current.IsReady && !lifetime.Stopping.IsCancellationRequested ? ServingStatus.Serving : ServingStatus.NotServing;
    }
}

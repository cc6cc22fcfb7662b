using Baichuan.Gateway.Telemetry;
using Baichuan.Gateway.Tenants;
using Grpc.Core;

namespace Baichuan.Gateway.Generation;

/// <summary>Begins the meter of each generating request. Thread-safe.</summary>
internal sealed class StreamMeters(ServedModel model, GatewayMetrics metrics, AuditLog audit, TimeProvider time)
{
    public StreamMeter Begin(string method, Tenant tenant, ServerCallContext call) =>
        new(method, tenant, call.Peer, RequestSpan.Begin(method, model.Name, tenant, call.GetHttpContext().Request.Headers), metrics, audit, time);
}

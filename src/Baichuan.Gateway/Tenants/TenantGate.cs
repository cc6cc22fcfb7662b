using System.Net;
using System.Net.Sockets;
using Baichuan.Gateway.Hosting;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Telemetry;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.Tenants;

/// <summary>Finds out whose a call is before its message is read; a stranger's is refused. Health and reflection are open to all.</summary>
internal sealed class TenantGate(RequestDelegate next, TenantKeys keys, GatewayMetrics metrics, AuditLog audit)
{
    private const string OurPackage = "baichuan.";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is not { } call
            || !call.Method.ServiceName.StartsWith(OurPackage, StringComparison.Ordinal))
            return next(context);
        try
        {
            string? authorization = context.Request.Headers.Authorization is [{ } only] ? only : null;
            context.Features.Set(keys.Authenticate(authorization));
        }
        catch (RefusedException e)
        {
            metrics.OnRequestEnded(call.Method.Name, Outcomes.Of(e.Code));
            audit.OnCallEnded(null, call.Method.Name, PeerOf(context), Outcomes.Of(e.Code));
            EarlyAnswer.Write(context.Response, e.Code, e.Message);
            return Task.CompletedTask;
        }

        return next(context);
    }

    /// <summary>Whose call it is.</summary>
    public static Tenant TenantOf(ServerCallContext call) => FindTenant(call) ?? throw new InvalidOperationException("A call came past the tenants' gate.");

    /// <summary>Whose call it is; null where nobody has asked.</summary>
    public static Tenant? FindTenant(ServerCallContext call) => call.GetHttpContext().Features.Get<Tenant>();

    /// <summary>Where a call comes from, as the gRPC library writes it.</summary>
    public static string PeerOf(HttpContext context) => context.Connection is { RemoteIpAddress: { } address } connection
        ? $"{(address.AddressFamily == AddressFamily.InterNetwork ? "ipv4" : "ipv6")}:{new IPEndPoint(address, connection.RemotePort)}"
        : "unknown";
}

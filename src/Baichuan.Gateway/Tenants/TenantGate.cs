using Baichuan.Gateway.Hosting;
using Baichuan.Gateway.Requests;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.Tenants;

/// <summary>Finds out whose a call is before its message is read; a stranger's is refused. Health and reflection are open to all.</summary>
internal sealed class TenantGate(RequestDelegate next, TenantKeys keys, GatewayMetrics metrics)
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
            EarlyAnswer.Write(context.Response, e.Code, e.Message);
            return Task.CompletedTask;
        }

        return next(context);
    }

    /// <summary>Whose call it is.</summary>
    public static Tenant TenantOf(ServerCallContext call) => call.GetHttpContext().Features.Get<Tenant>()
        ?? throw new InvalidOperationException("A call came past the tenants' gate.");
}

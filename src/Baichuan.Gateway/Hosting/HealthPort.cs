using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.Hosting;

/// <summary>A port for probes, without TLS: whatever else a process serves is not reached through it.</summary>
internal static class HealthPort
{
    private static readonly PathString _health = "/grpc.health.v1.Health";

    public static void UseHealthPort(this IApplicationBuilder app, int port) => app.Use((context, next) =>
    {
        if (context.Connection.LocalPort != port || context.Request.Path.StartsWithSegments(_health))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });
}

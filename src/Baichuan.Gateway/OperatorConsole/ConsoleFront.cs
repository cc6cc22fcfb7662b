using System.Net;
using Baichuan.Gateway.OpenAi;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Telemetry;
using Baichuan.Gateway.Tenants;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.OperatorConsole;

/// <summary>
/// /console/ of the HTTP port: a page for people, and the snapshot that it shows. The page is anybody's and holds nothing; the snapshot is for keys of tenants that are operators, or where
/// there are no tenants for this machine alone. The page's chat is an ordinary client of /v1/chat/completions.
/// </summary>
internal sealed class ConsoleFront(
    TenantKeys keys, ServedModel model, TopologyWatch topology, RecentTraffic traffic, RecentEvents events, GatewayLifetime lifetime, AuditLog audit, TimeProvider time)
{
    public static readonly PathString Path = "/console";

    private const string Method = "Console";

    // Nothing from elsewhere, not even a frame around it.
    private const string Policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

    public async Task HandleAsync(HttpContext context)
    {
        var response = context.Response;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.CacheControl = "no-store";
        context.Request.Path.StartsWithSegments(Path, out var rest);
        if (context.Request.Method != HttpMethods.Get)
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        else if (!rest.HasValue)
            response.Redirect("/console/");
        else if (rest == "/snapshot")
            await WriteSnapshotAsync(context);
        else if (ConsolePage.Write(response, rest.Value!) is { } written)
            await written;
        else
            response.StatusCode = StatusCodes.Status404NotFound;
    }

    private async Task WriteSnapshotAsync(HttpContext context)
    {
        Tenant? tenant = null;
        try
        {
            tenant = keys.Authenticate(context.Request.Headers.Authorization is [{ } only] ? only : null);
            RequireOperator(tenant, context);
        }
        catch (RefusedException e)
        {
            audit.OnCallEnded(tenant, Method, TenantGate.PeerOf(context), Outcomes.Of(e.Code));
            await OpenAiErrors.WriteAsync(context.Response, e);
            return;
        }

        var happened = events.All; // before the cluster, which then shows what they tell
        var seen = topology.Current;
        var cluster = seen.Topology is { } known ? ConsoleCluster.Of(known, !topology.IsStale) : null;
        var snapshot = new ConsoleSnapshot(
            time.GetUtcNow().ToUnixTimeMilliseconds(), model.Name, lifetime.Stopping.IsCancellationRequested, cluster, RecentTraffic.SliceSeconds, traffic.Points(), happened);
        await context.Response.WriteAsJsonAsync(snapshot, ConsoleJson.Default.ConsoleSnapshot);
    }

    private static void RequireOperator(Tenant tenant, HttpContext context)
    {
        if (tenant == Tenant.Default ? !IsFromHere(context) : !tenant.IsOperator)
        {
            throw new RefusedException(StatusCode.PermissionDenied, tenant == Tenant.Default
                ? "Without tenants the console is for this machine alone; name tenants in the configuration, one of them with Operator set to true, and send its key."
                : "This key's tenant is no operator; use the key of one that is (Gateway:Tenants:NAME:Operator).");
        }
    }

    /// <summary>A loopback connection that no proxy passes on, and that asks for this machine by its own name: a page from elsewhere whose name was bound to loopback does not.</summary>
    private static bool IsFromHere(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded")
        && (context.Request.Host.Host == "localhost" || (IPAddress.TryParse(context.Request.Host.Host, out var named) && IPAddress.IsLoopback(named)));
}

using System.Diagnostics;
using System.Globalization;

namespace Baichuan.Gateway.Telemetry;

/// <summary>Where the gateway's spans come from.</summary>
public static class GatewayTracing
{
    public const string SourceName = "Baichuan.Gateway";

    internal static ActivitySource Source { get; } = new(SourceName);

    /// <summary>What a replica is told of the request that runs here, in W3C's form; null: it is not traced.</summary>
    internal static string? Context => Activity.Current is { } current && current.Source == Source ? current.Id : null;

    /// <summary>The hop to a replica, from the offer to its answer; null where nobody listens.</summary>
    internal static Activity? BeginSubmit(int replica, int received)
    {
        var hop = Context is null ? null : Source.StartActivity(string.Create(CultureInfo.InvariantCulture, $"submit {replica}"), ActivityKind.Client);
        hop?.SetTag("baichuan.replica", replica);
        hop?.SetTag("baichuan.received_tokens", received); // more than none: it goes on after its replica was lost
        return hop;
    }
}

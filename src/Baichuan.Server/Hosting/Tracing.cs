using Baichuan.Cluster.Telemetry;
using Baichuan.Gateway.Telemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Baichuan.Server.Hosting;

/// <summary>
/// Sends spans of requests to a collector over OTLP, if the configuration names one by OpenTelemetry's own key; where, how and how many of them is said by OpenTelemetry's keys too:
/// OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES and so on.
/// </summary>
internal static class Tracing
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <param name="service">What the process is called in traces.</param>
    public static void AddTracing(this WebApplicationBuilder builder, string service)
    {
        var endpoint = builder.Configuration[Endpoint];
        if (string.IsNullOrEmpty(endpoint))
            return;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new ArgumentException($"{Endpoint} is \"{endpoint}\"; set the address of a collector, such as http://collector:4317, or leave it out.");
        var name = builder.Configuration["Silo:Name"] is { Length: > 0 } silo ? silo : $"{Environment.MachineName}-{Environment.ProcessId}";
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service, serviceInstanceId: name).AddEnvironmentVariableDetector())
            .WithTracing(traces => traces.AddSource(GatewayTracing.SourceName, ClusterTracing.SourceName).AddOtlpExporter());
    }
}

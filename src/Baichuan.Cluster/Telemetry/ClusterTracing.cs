using System.Diagnostics;

namespace Baichuan.Cluster.Telemetry;

/// <summary>Where the spans of replicas come from.</summary>
public static class ClusterTracing
{
    public const string SourceName = "Baichuan.Cluster";

    internal static ActivitySource Source { get; } = new(SourceName);
}

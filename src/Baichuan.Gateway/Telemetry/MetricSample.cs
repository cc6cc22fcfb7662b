namespace Baichuan.Gateway.Telemetry;

/// <summary>A line of a metrics page.</summary>
/// <param name="Suffix">What follows the family's name: "_bucket", "_sum" or "_count" of a histogram.</param>
internal sealed record MetricSample(string Suffix, IReadOnlyList<KeyValuePair<string, string>> Labels, double Value);

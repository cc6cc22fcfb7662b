using System.Globalization;
using System.Text;
using Prometheus;

namespace Baichuan.Cluster.Tests.Telemetry;

/// <summary>Reads this process's metrics as a scrape would. Tests use labels of their own, for the metrics are the process's.</summary>
internal static class Samples
{
    /// <summary>The value of a sample, such as <c>name_count{slot="7"}</c>; 0 if there is none.</summary>
    public static async Task<double> ReadAsync(string sample)
    {
        using var page = new MemoryStream();
        await Metrics.DefaultRegistry.CollectAndExportAsTextAsync(page);
        var line = Encoding.UTF8.GetString(page.ToArray()).Split('\n').FirstOrDefault(line => line.StartsWith($"{sample} ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.AsSpan(sample.Length + 1), CultureInfo.InvariantCulture);
    }
}

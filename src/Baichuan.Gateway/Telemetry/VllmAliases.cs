using System.Globalization;
using System.Text;

namespace Baichuan.Gateway.Telemetry;

/// <summary>
/// The <c>vllm:*</c> metrics, made from the page of our own, so that they are the same values. prometheus-net allows no colon in a name; hence as text.
/// </summary>
internal static class VllmAliases
{
    private const string KvUsage = "vllm:kv_cache_usage_perc";

    /// <summary>The aliases of what a page has; nothing for what it has not.</summary>
    public static string Of(string page, string model)
    {
        var families = MetricsText.Read(page);
        var text = new StringBuilder();
        foreach (var alias in MetricAlias.All)
        {
            if (families.TryGetValue(alias.Source, out var family))
                Write(text, alias.Name, alias.Help, family.Type, Translate(alias, family.Samples, model));
        }

        if (families.TryGetValue("baichuan_replica_kv_blocks_used", out var used) && families.TryGetValue("baichuan_replica_kv_blocks", out var total))
            Write(text, KvUsage, "Share of KV blocks that sequences hold, of the fuller pool.", "gauge", Usage(used.Samples, total.Samples, model));
        return text.ToString();
    }

    private static IEnumerable<(string Series, double Value)> Translate(MetricAlias alias, List<MetricSample> samples, string model) =>
        from sample in samples
        let labels = Translate(alias, sample)
        where labels is not null
        group sample.Value by $"{sample.Suffix}{{model_name={MetricsText.Quote(model)}{labels}}}" into series
        select (series.Key, series.Sum());

    /// <summary>Null: the series is left out.</summary>
    private static string? Translate(MetricAlias alias, MetricSample sample)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in sample.Labels)
        {
            var theirs = name == "le" ? name : alias.Labels.GetValueOrDefault(name);
            if (theirs is null)
                continue;
            var word = name == "le" || alias.Values is null ? value : alias.Values.GetValueOrDefault(value);
            if (word is null)
                return null;
            text.Append(CultureInfo.InvariantCulture, $",{theirs}={MetricsText.Quote(word)}");
        }

        return text.ToString();
    }

    private static IEnumerable<(string Series, double Value)> Usage(List<MetricSample> used, List<MetricSample> total, string model) =>
        from sample in used
        let all = total.Find(other => other.Labels.SequenceEqual(sample.Labels))?.Value ?? 0
        let replica = sample.Labels.FirstOrDefault(label => label.Key == "replica").Value
        group all > 0 ? sample.Value / all : 0 by replica into pools
        select ($"{{model_name={MetricsText.Quote(model)},engine={MetricsText.Quote(pools.Key)}}}", pools.Max());

    private static void Write(StringBuilder text, string name, string help, string type, IEnumerable<(string Series, double Value)> samples)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
        foreach (var (series, value) in samples)
            text.Append(CultureInfo.InvariantCulture, $"{name}{series} {value:R}\n");
    }
}

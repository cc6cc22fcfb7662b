using System.Globalization;

namespace Baichuan.Gateway.Telemetry;

/// <summary>Reads the text format of Prometheus as prometheus-net writes it: a TYPE line, then the family's samples.</summary>
internal static class MetricsText
{
    private const string TypeMark = "# TYPE ";

    /// <summary>Type and samples of every family, by name.</summary>
    public static Dictionary<string, (string Type, List<MetricSample> Samples)> Read(string page)
    {
        var families = new Dictionary<string, (string Type, List<MetricSample> Samples)>();
        var (name, samples) = ("", new List<MetricSample>());
        foreach (var line in page.Split('\n'))
        {
            if (line.StartsWith(TypeMark, StringComparison.Ordinal) && line[TypeMark.Length..].Split(' ') is [var family, var type])
            {
                (name, samples) = (family, []);
                families[family] = (type, samples);
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                samples.Add(ReadSample(line, name.Length));
            }
        }

        return families;
    }

    /// <summary>A value of a label between quotes.</summary>
    public static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    private static MetricSample ReadSample(string line, int nameLength)
    {
        var end = line.AsSpan().IndexOfAny('{', ' ');
        var labels = new List<KeyValuePair<string, string>>();
        var at = end + 1;
        while (line[end] == '{' && line[at - 1] != '}')
        {
            var equals = line.IndexOf('=', at);
            var value = ReadQuoted(line, equals + 1, out var next);
            labels.Add(new(line[at..equals], value));
            at = next + 1; // after the comma or the brace
        }

        var number = line.AsSpan(line.LastIndexOf(' ') + 1);
        return new MetricSample(line[nameLength..end], labels, double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture));
    }

    private static string ReadQuoted(string line, int quote, out int next)
    {
        var value = new System.Text.StringBuilder();
        for (next = quote + 1; line[next] != '"'; next++)
        {
            if (line[next] == '\\')
                value.Append(line[++next] == 'n' ? '\n' : line[next]);
            else
                value.Append(line[next]);
        }

        next++;
        return value.ToString();
    }
}

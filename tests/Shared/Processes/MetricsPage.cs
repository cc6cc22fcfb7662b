using System.Globalization;

namespace Baichuan.Testing.Processes;

/// <summary>The samples of a process's /metrics.</summary>
internal sealed class MetricsPage
{
    private static readonly HttpClient Http = new();

    private readonly Dictionary<string, double> _sums = [];

    /// <summary>Reads several pages as one: samples of one name are added, whatever their labels.</summary>
    public static async Task<MetricsPage> ReadAsync(IEnumerable<int> ports)
    {
        var page = new MetricsPage();
        foreach (var text in await Task.WhenAll(ports.Select(port => Http.GetStringAsync($"http://127.0.0.1:{port}/metrics"))))
            page.Add(text);
        return page;
    }

    /// <summary>0 where there is no such sample yet.</summary>
    public double this[string name] => _sums.GetValueOrDefault(name);

    private void Add(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '#' || line.Contains("le=", StringComparison.Ordinal))
                continue;
            var name = line[..line.IndexOfAny(['{', ' '])];
            var value = double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);
            _sums[name] = _sums.GetValueOrDefault(name) + value;
        }
    }
}

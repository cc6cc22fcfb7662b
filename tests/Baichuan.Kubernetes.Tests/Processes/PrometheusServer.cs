using System.Net.Http.Json;
using System.Text.Json;

namespace Baichuan.Kubernetes.Tests.Processes;

/// <summary>A real Prometheus that scrapes a cluster's pods and evaluates the rendered rules.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private readonly ChildProcess _process;
    private readonly string _address;

    public PrometheusServer(ChartCluster cluster, Rendered chart)
    {
        File.WriteAllText(_folder.File("rules.yaml"), Rendered.Yaml(chart.Only("PrometheusRule")["spec"])
            .Replace("interval: 15s", "interval: 1s", StringComparison.Ordinal).Replace("[2m]", "[20s]", StringComparison.Ordinal)); // time runs faster here
        File.WriteAllText(_folder.File("prometheus.yaml"),
            $$"""
            global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
            rule_files: [rules.yaml]
            scrape_configs:
              - job_name: pods
                file_sd_configs: [{files: [targets.json], refresh_interval: 1s}]
            """);
        WriteTargets(cluster);
        var port = Ports.Free();
        _address = $"http://127.0.0.1:{port}";
        _process = new ChildProcess(Tools.Prometheus,
            [$"--config.file={_folder.File("prometheus.yaml")}", $"--storage.tsdb.path={_folder.File("data")}", $"--web.listen-address=127.0.0.1:{port}"]);
    }

    public string Log => _process.Log;

    /// <summary>The pods that there are now, with the labels that the PodMonitor gives them.</summary>
    public void WriteTargets(ChartCluster cluster)
    {
        var targets = cluster.Addresses.Select(pod => new
        {
            targets = new[] { $"{pod.Value}:9090" },
            labels = new Dictionary<string, string> { ["baichuan_cluster"] = "baichuan", ["pod"] = pod.Key },
        });
        File.WriteAllText(_folder.File("targets.json.new"), JsonSerializer.Serialize(targets));
        File.Move(_folder.File("targets.json.new"), _folder.File("targets.json"), overwrite: true);
    }

    /// <summary>The numbers that an expression has now; NaN is none.</summary>
    /// <exception cref="InvalidOperationException">Prometheus does not accept it.</exception>
    public async Task<IReadOnlyList<double>> QueryAsync(string expression)
    {
        JsonElement answer;
        try
        {
            using var response = await _http.PostAsync(new Uri($"{_address}/api/v1/query"), new FormUrlEncodedContent([new("query", expression)]));
            answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            return []; // it is still starting
        }

        if (answer.GetProperty("status").GetString() != "success")
            throw new InvalidOperationException($"{expression}: {answer.GetProperty("error")}");
        return [.. answer.GetProperty("data").GetProperty("result").EnumerateArray()
            .Select(sample => double.Parse(sample.GetProperty("value")[1].GetString()!.Replace("+Inf", "Infinity", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture))
            .Where(value => !double.IsNaN(value))];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}

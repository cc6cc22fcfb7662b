using YamlDotNet.RepresentationModel;

namespace Baichuan.Kubernetes.Tests.Processes;

/// <summary>What KEDA does, with the chart's own query on a real Prometheus, and processes for pods: as many as are wanted at once, fewer when fewer have been wanted for a while; the last ones go, all at once.</summary>
internal sealed class Scaler(ChartCluster cluster, PrometheusServer prometheus, Rendered chart, int pods) : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ScaleInAfter = TimeSpan.FromSeconds(5);

    private readonly YamlNode _object = chart.Only("ScaledObject")["spec"];
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private volatile int _pods = pods;

    public int Pods => _pods;

    private int Least => int.Parse(((YamlScalarNode)_object["minReplicaCount"]).Value!, System.Globalization.CultureInfo.InvariantCulture);

    private int Most => int.Parse(((YamlScalarNode)_object["maxReplicaCount"]).Value!, System.Globalization.CultureInfo.InvariantCulture);

    private string Query => ((YamlScalarNode)_object["triggers"][0]["metadata"]["query"]).Value!;

    public void Start() => _loop = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Period);
        var enough = System.Diagnostics.Stopwatch.StartNew();
        while (!_stop.IsCancellationRequested)
        {
            if (await prometheus.QueryAsync(Query) is [var wanted])
            {
                var next = Math.Clamp((int)wanted, Least, Most);
                if (next >= _pods)
                    enough.Restart();
                for (; _pods < next; _pods++)
                    cluster.StartSilo("baichuan-silo", _pods);
                if (next < _pods && enough.Elapsed > ScaleInAfter)
                {
                    await Task.WhenAll(Enumerable.Range(next, _pods - next).Select(pod => cluster.StopPodAsync($"baichuan-silo-{pod}")));
                    _pods = next;
                }

                prometheus.WriteTargets(cluster);
            }

            await ((Task)timer.WaitForNextTickAsync(_stop.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

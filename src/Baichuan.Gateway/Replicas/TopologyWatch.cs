using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.Replicas;

/// <summary>Keeps a snapshot of the cluster's topology, renewed by asking ModelGrain at a fixed pace, which is faster while requests wait for a replica. Its readers are on any thread.</summary>
internal sealed partial class TopologyWatch(
    IClusterGrains grains,
    GatewayOptions options,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<TopologyWatch> log) : BackgroundService
{
    private const int PaceWhileWaiting = 5;

    private volatile TopologySnapshot _current = TopologySnapshot.None;
    private volatile bool _isFailing;
    private volatile TaskCompletionSource _looked = NewSignal();

    public TopologySnapshot Current => _current;

    /// <summary>The cluster does not answer; <see cref="Current"/> is what was seen last.</summary>
    public bool IsStale => _isFailing;

    /// <summary>Completes when the watch has looked again, with or without success. To be taken before <see cref="Current"/> is read.</summary>
    public Task Looked => _looked.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var lastSeen = time.GetTimestamp();
        using var timer = new PeriodicTimer(options.TopologyInterval, time);
        var answerTime = 2 * options.TopologyInterval; // an answer that takes longer is lost with a silo; asking again costs nothing
        do
        {
            try
            {
                Publish(TopologySnapshot.Of(await grains.Model.GetTopology().WaitAsync(answerTime, time, stoppingToken)));
                lastSeen = time.GetTimestamp();
                _isFailing = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!_isFailing)
                    LogLookFailed(e);
                _isFailing = true;
                if (time.GetElapsedTime(lastSeen) >= options.TopologyExpiry)
                    Publish(_current with { Ready = [], Leaving = [] });
            }

            timer.Period = _current.IsReady && !_isFailing ? options.TopologyInterval : options.TopologyInterval / PaceWhileWaiting;
            Interlocked.Exchange(ref _looked, NewSignal()).SetResult();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Publish(TopologySnapshot snapshot)
    {
        if (snapshot.IsReady != _current.IsReady)
            LogReadiness(snapshot.Ready.Count);
        _current = snapshot;
        metrics.OnTopologySeen(snapshot.Ready.Count);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Information, "{Ready} replicas are ready.")]
    private partial void LogReadiness(int ready);

    [LoggerMessage(LogLevel.Warning, "The cluster does not answer; the gateway keeps asking and goes by what it saw last.")]
    private partial void LogLookFailed(Exception exception);
}

using System.Globalization;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Shards;
using Baichuan.Model.Execution;
using Prometheus;

namespace Baichuan.Cluster.Telemetry;

/// <summary>What a silo measures of one of its slots.</summary>
internal sealed class SlotMetrics
{
    private const string GapHelp =
        "From the end of a step on the slot to the begin of the next, where the coordinator was not idle in between. With one stage this is all of the " +
        "step's period but compute and wait; with more, the bubble that the slot sees.";

    private static readonly Gauge Ready = Metrics.CreateGauge("baichuan_slot_ready", "1 while the slot's shard runs steps of an epoch.", "slot");
    private static readonly Gauge LoadSeconds = Metrics.CreateGauge("baichuan_slot_load_seconds", "Time that the last load of weights into the slot took.", "slot");
    private static readonly Counter ComputeSeconds = Metrics.CreateCounter(
        "baichuan_shard_compute_seconds_total", "Time that a shard computed in steps.", "slot", "replica", "shard");

    private static readonly Counter WaitSeconds = Metrics.CreateCounter(
        "baichuan_shard_wait_seconds_total", "Time that a shard waited for its peers in steps.", "slot", "replica", "shard");

    private static readonly Histogram StepSeconds = Metrics.CreateHistogram(
        "baichuan_slot_step_seconds",
        "Time of a step on the slot, waiting for peers included.",
        ["slot"],
        new HistogramConfiguration { Buckets = StepBuckets.Seconds });

    private static readonly Histogram GapSeconds = Metrics.CreateHistogram(
        "baichuan_step_gap_seconds", GapHelp, ["slot"], new HistogramConfiguration { Buckets = StepBuckets.PartSeconds });

    private readonly string _slot;
    private readonly Gauge.Child _ready;
    private readonly Gauge.Child _loadSeconds;
    private readonly Histogram.Child _stepSeconds;
    private readonly Histogram.Child _gapSeconds;
    private readonly TimeProvider _time;
    private Counter.Child? _computeSeconds; // of the shard that is there
    private Counter.Child? _waitSeconds;
    private long _ended;

    public SlotMetrics(int slot, TimeProvider time)
    {
        _time = time;
        _slot = Text(slot);
        _ready = Ready.WithLabels(_slot);
        _loadSeconds = LoadSeconds.WithLabels(_slot);
        _stepSeconds = StepSeconds.WithLabels(_slot);
        _gapSeconds = GapSeconds.WithLabels(_slot);
    }

    /// <summary>Since the last step ended; before the first, long.</summary>
    public TimeSpan SinceStep => _time.GetElapsedTime(Volatile.Read(ref _ended));

    public void OnLoaded(TimeSpan elapsed) => _loadSeconds.Set(elapsed.TotalSeconds);

    /// <summary>A shard runs steps from now on.</summary>
    public void OnReady(ShardKey shard)
    {
        string[] labels = [_slot, Text(ReplicaKey.Parse(shard.Replica).Index), Text(shard.Shard)];
        (_computeSeconds, _waitSeconds) = (ComputeSeconds.WithLabels(labels), WaitSeconds.WithLabels(labels));
        _ready.Set(1);
    }

    public void OnEnded() => _ready.Set(0);

    /// <param name="follows">The coordinator went on to this step without pause.</param>
    public void OnStepBegan(bool follows)
    {
        if (follows)
            _gapSeconds.Observe(_time.GetElapsedTime(_ended).TotalSeconds);
    }

    public void OnStepEnded(StepResult result)
    {
        Volatile.Write(ref _ended, _time.GetTimestamp());
        _computeSeconds?.Inc(result.ComputeTime.TotalSeconds);
        _waitSeconds?.Inc(result.WaitTime.TotalSeconds);
        _stepSeconds.Observe((result.ComputeTime + result.WaitTime).TotalSeconds);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

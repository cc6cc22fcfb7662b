using Baichuan.Cluster.Replica;
using Baichuan.Scheduling;
using Prometheus;

namespace Baichuan.Cluster.Telemetry;

/// <summary>What a replica's coordinator measures. Labels: the replica's number, the shard, the block pool.</summary>
internal sealed class ReplicaMetrics
{
    private static readonly Gauge Waiting = Metrics.CreateGauge("baichuan_replica_requests_waiting", "Requests in the queue of a replica.", "replica");
    private static readonly Gauge Running = Metrics.CreateGauge("baichuan_replica_requests_running", "Sequences that a replica runs.", "replica");
    private static readonly Gauge BlocksUsed = Metrics.CreateGauge("baichuan_replica_kv_blocks_used", "KV blocks of 16 positions that sequences hold.", "replica", "pool");
    private static readonly Gauge Blocks = Metrics.CreateGauge("baichuan_replica_kv_blocks", "KV blocks of 16 positions in a pool.", "replica", "pool");
    private static readonly Counter Rows = Metrics.CreateCounter("baichuan_replica_rows_total", "Rows computed, by phase.", "replica", "phase");
    private static readonly Counter EpochsFailed = Metrics.CreateCounter("baichuan_replica_epochs_failed_total", "Epochs that ended because a shard failed.", "replica");

    private static readonly Histogram StepSeconds = Metrics.CreateHistogram(
        "baichuan_replica_step_seconds",
        "Time from a step's order to the last shard's answer.",
        ["replica"],
        new HistogramConfiguration { Buckets = StepBuckets.Seconds });

    private static readonly Counter ComputeSeconds = Metrics.CreateCounter("baichuan_shard_compute_seconds_total", "Time that a shard computed in steps.", "replica", "shard");
    private static readonly Counter WaitSeconds = Metrics.CreateCounter("baichuan_shard_wait_seconds_total", "Time that a shard waited for its peers in steps.", "replica", "shard");

    private readonly string _replica;
    private readonly Histogram.Child _stepSeconds;
    private long _prefillRows;
    private long _decodeRows;

    public ReplicaMetrics(int replica)
    {
        _replica = replica.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _stepSeconds = StepSeconds.WithLabels(_replica);
        EpochsFailed.WithLabels(_replica).Inc(0);
    }

    /// <summary>A step has come back from all shards; <paramref name="answers"/> by shard index.</summary>
    public void OnStepCompleted(TimeSpan elapsed, StepAnswer[] answers)
    {
        _stepSeconds.Observe(elapsed.TotalSeconds);
        for (var shard = 0; shard < answers.Length; shard++)
        {
            var label = ShardLabels.Of(shard);
            ComputeSeconds.WithLabels(_replica, label).Inc(answers[shard].Result.ComputeTime.TotalSeconds);
            WaitSeconds.WithLabels(_replica, label).Inc(answers[shard].Result.WaitTime.TotalSeconds);
        }
    }

    public void OnScheduled(in SchedulerCounters counters)
    {
        Waiting.WithLabels(_replica).Set(counters.Waiting);
        Running.WithLabels(_replica).Set(counters.Running);
        BlocksUsed.WithLabels(_replica, "global").Set(counters.BlocksUsed.Global);
        BlocksUsed.WithLabels(_replica, "sliding").Set(counters.BlocksUsed.Sliding);
        Blocks.WithLabels(_replica, "global").Set(counters.BlocksTotal.Global);
        Blocks.WithLabels(_replica, "sliding").Set(counters.BlocksTotal.Sliding);
        Rows.WithLabels(_replica, "prefill").Inc(counters.PrefillRows - _prefillRows);
        Rows.WithLabels(_replica, "decode").Inc(counters.DecodeRows - _decodeRows);
        (_prefillRows, _decodeRows) = (counters.PrefillRows, counters.DecodeRows);
    }

    public void OnEpochFailed() => EpochsFailed.WithLabels(_replica).Inc();
}

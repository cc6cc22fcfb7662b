using Baichuan.Model.Execution;
using Baichuan.Scheduling;
using Prometheus;

namespace Baichuan.Cluster.Telemetry;

/// <summary>What a replica's coordinator measures. Labels: the replica's number, the block pool, the request class.</summary>
internal sealed class ReplicaMetrics
{
    private static readonly Gauge Waiting = Metrics.CreateGauge("baichuan_replica_requests_waiting", "Requests in the queue of a replica.", "replica");
    private static readonly Gauge Running = Metrics.CreateGauge("baichuan_replica_requests_running", "Sequences that a replica runs.", "replica");
    private static readonly Gauge BlocksUsed = Metrics.CreateGauge("baichuan_replica_kv_blocks_used", "KV blocks of 16 positions that sequences hold.", "replica", "pool");
    private static readonly Gauge Blocks = Metrics.CreateGauge("baichuan_replica_kv_blocks", "KV blocks of 16 positions in a pool.", "replica", "pool");
    private static readonly Gauge BlocksCached = Metrics.CreateGauge(
        "baichuan_replica_kv_blocks_cached", "KV blocks of 16 positions that no sequence holds, but that are kept for those to come.", "replica", "pool");

    private static readonly Gauge SlotsMissing = Metrics.CreateGauge(
        "baichuan_replica_slots_missing", "Slots that a replica is deployed on and does without, cut into fewer shards.", "replica");

    private static readonly Gauge WaitingByClass = Metrics.CreateGauge(
        "baichuan_replica_class_requests_waiting", "Requests in the queue of a replica, by the class that they asked for.", "replica", "class");

    private static readonly Counter PrefixQueries = Metrics.CreateCounter(
        "baichuan_replica_prefix_cache_query_tokens_total", "Tokens of sequences when they were first admitted.", "replica");

    private static readonly Counter PrefixHits = Metrics.CreateCounter(
        "baichuan_replica_prefix_cache_hit_tokens_total", "Those of them that were cached.", "replica");

    private static readonly Counter Evictions = Metrics.CreateCounter(
        "baichuan_replica_kv_blocks_evicted_total", "Cached KV blocks that gave way to new contents.", "replica");

    private static readonly Counter Restored = Metrics.CreateCounter(
        "baichuan_replica_kv_blocks_restored_total", "KV blocks that shards took from their partners after others were lost.", "replica");

    private static readonly Counter Preemptions = Metrics.CreateCounter(
        "baichuan_replica_preemptions_total", "Running sequences that gave way to more urgent ones.", "replica");

    private static readonly Counter Rows = Metrics.CreateCounter("baichuan_replica_rows_total", "Rows computed, by phase.", "replica", "phase");
    private static readonly Counter EpochsFailed = Metrics.CreateCounter("baichuan_replica_epochs_failed_total", "Epochs that ended because a shard failed.", "replica");

    private static readonly Histogram StepSeconds = Metrics.CreateHistogram(
        "baichuan_replica_step_seconds",
        "Time from a step's order to the last stage's answer.",
        ["replica"],
        new HistogramConfiguration { Buckets = StepBuckets.Seconds });

    private static readonly Histogram StepRows = Metrics.CreateHistogram(
        "baichuan_replica_step_rows",
        "Rows of a step: tokens that it computes, of prompts and of completions.",
        ["replica"],
        new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(1, 2, 15) });

    private readonly string _replica;
    private readonly Histogram.Child _stepSeconds;
    private readonly Histogram.Child _stepRows;
    private SchedulerCounters _last;

    public ReplicaMetrics(int replica)
    {
        _replica = replica.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _stepSeconds = StepSeconds.WithLabels(_replica);
        _stepRows = StepRows.WithLabels(_replica);
        EpochsFailed.WithLabels(_replica).Inc(0);
    }

    /// <summary>An epoch's shards are ready.</summary>
    /// <param name="missing">Slots fewer than deployed.</param>
    public void OnReady(int missing) => SlotsMissing.WithLabels(_replica).Set(missing);

    public void OnStepPlanned(StepBatch batch)
    {
        _stepRows.Observe(batch.Rows);
        Restored.WithLabels(_replica).Inc(batch.RestoredBlocks.Length);
    }

    /// <summary>A step has come back from all stages.</summary>
    public void OnStepCompleted(TimeSpan elapsed) => _stepSeconds.Observe(elapsed.TotalSeconds);

    public void OnScheduled(in SchedulerCounters counters)
    {
        Waiting.WithLabels(_replica).Set(counters.Waiting);
        Running.WithLabels(_replica).Set(counters.Running);
        BlocksUsed.WithLabels(_replica, "global").Set(counters.BlocksUsed.Global);
        BlocksUsed.WithLabels(_replica, "sliding").Set(counters.BlocksUsed.Sliding);
        Blocks.WithLabels(_replica, "global").Set(counters.BlocksTotal.Global);
        Blocks.WithLabels(_replica, "sliding").Set(counters.BlocksTotal.Sliding);
        BlocksCached.WithLabels(_replica, "global").Set(counters.BlocksCached.Global);
        BlocksCached.WithLabels(_replica, "sliding").Set(counters.BlocksCached.Sliding);
        WaitingByClass.WithLabels(_replica, "emergency").Set(counters.WaitingByClass.Emergency);
        WaitingByClass.WithLabels(_replica, "interactive").Set(counters.WaitingByClass.Interactive);
        WaitingByClass.WithLabels(_replica, "batch").Set(counters.WaitingByClass.Batch);
        Rows.WithLabels(_replica, "prefill").Inc(counters.PrefillRows - _last.PrefillRows);
        Rows.WithLabels(_replica, "decode").Inc(counters.DecodeRows - _last.DecodeRows);
        PrefixQueries.WithLabels(_replica).Inc(counters.PrefixQueries - _last.PrefixQueries);
        PrefixHits.WithLabels(_replica).Inc(counters.PrefixHits - _last.PrefixHits);
        Evictions.WithLabels(_replica).Inc(counters.Evictions - _last.Evictions);
        Preemptions.WithLabels(_replica).Inc(counters.Preemptions - _last.Preemptions);
        _last = counters;
    }

    /// <summary>The scheduler is a new one, which counts from 0.</summary>
    public void OnRenewed() => _last = default;

    /// <summary>The coordinator goes: what the replica holds and who waits is the next one's to say, perhaps on another silo. Counters stay.</summary>
    public void OnLeft()
    {
        foreach (var gauge in (Gauge[])[Waiting, Running, BlocksUsed, Blocks, BlocksCached, SlotsMissing, WaitingByClass])
        {
            foreach (var labels in gauge.GetAllLabelValues().Where(labels => labels[0] == _replica))
                gauge.RemoveLabelled(labels);
        }
    }

    public void OnEpochFailed() => EpochsFailed.WithLabels(_replica).Inc();
}

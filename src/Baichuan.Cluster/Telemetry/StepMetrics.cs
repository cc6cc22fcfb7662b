using System.Globalization;
using Prometheus;

namespace Baichuan.Cluster.Telemetry;

/// <summary>Where the time of a replica's steps goes, as its coordinator sees it. Label: the replica's number.</summary>
internal sealed class StepMetrics
{
    private static readonly Histogram Total = Create(
        "baichuan_step_seconds",
        "A step from the begin of its planning to its tokens at hand for the gateways: the sum of plan, transfer, handover, compute, wait and commit. With one " +
        "stage a step begins when the one before is over, so this is the step's period; with P stages, up to P steps overlap.");

    private static readonly Histogram Plan = Create(
        "baichuan_step_plan_seconds", "Part of a step: planning the batch and sending its orders.");

    private static readonly Histogram Transfer = Create(
        "baichuan_step_transfer_seconds",
        "Part of a step: the order's way to the shard that answers and the answer's way back, both together, and waiting for the coordinator's turn.");

    private static readonly Histogram Handover = Create(
        "baichuan_step_handover_seconds",
        "Part of a step: at the shard that answers, but not run: until its thread had the order, behind earlier steps too, and until its grain had the result.");

    private static readonly Histogram Compute = Create(
        "baichuan_step_compute_seconds", "Part of a step: computing on the shard that answers.");

    private static readonly Histogram Wait = Create(
        "baichuan_step_wait_seconds", "Part of a step: waiting for peers in collectives and for hidden states, on the shard that answers.");

    private static readonly Histogram Commit = Create(
        "baichuan_step_commit_seconds", "Part of a step: taking its tokens up and handing them to the streams.");

    private static readonly Histogram Delivery = Create(
        "baichuan_step_delivery_seconds",
        "After a step, beside the next ones: from its tokens at hand to the call in which the gateway says that it has them.");

    private readonly Histogram.Child _total;
    private readonly Histogram.Child _plan;
    private readonly Histogram.Child _transfer;
    private readonly Histogram.Child _handover;
    private readonly Histogram.Child _compute;
    private readonly Histogram.Child _wait;
    private readonly Histogram.Child _commit;
    private readonly Histogram.Child _delivery;

    public StepMetrics(int replica)
    {
        var label = replica.ToString(CultureInfo.InvariantCulture);
        _total = Total.WithLabels(label);
        _plan = Plan.WithLabels(label);
        _transfer = Transfer.WithLabels(label);
        _handover = Handover.WithLabels(label);
        _compute = Compute.WithLabels(label);
        _wait = Wait.WithLabels(label);
        _commit = Commit.WithLabels(label);
        _delivery = Delivery.WithLabels(label);
    }

    /// <summary>Every step so far; a request's share is the difference of two looks.</summary>
    public StepSum Sum { get; private set; }

    public void OnCompleted(in StepTimes times)
    {
        Sum += times;
        _total.Observe(times.Total.TotalSeconds);
        _plan.Observe(times.Plan.TotalSeconds);
        _transfer.Observe(times.Transfer.TotalSeconds);
        _handover.Observe(times.Handover.TotalSeconds);
        _compute.Observe(times.Compute.TotalSeconds);
        _wait.Observe(times.Wait.TotalSeconds);
        _commit.Observe(times.Commit.TotalSeconds);
    }

    /// <summary>A gateway called again after it was told of a step's tokens: it has them.</summary>
    public void OnDelivered(TimeSpan sinceCommit) => _delivery.Observe(sinceCommit.TotalSeconds);

    private static Histogram Create(string name, string help) =>
        Metrics.CreateHistogram(name, help, ["replica"], new HistogramConfiguration { Buckets = StepBuckets.PartSeconds });
}

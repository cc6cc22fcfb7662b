using System.Diagnostics;

namespace Baichuan.Cluster.Telemetry;

/// <summary>
/// Spans of a traced request's phases at a replica, under the gateway's span. The hops of its steps are not spans of their own, which would be one for each token: a phase says how many
/// steps the replica completed in it, and what their parts took on average.
/// </summary>
internal sealed class PhaseSpans
{
    private readonly ActivityContext _parent;
    private readonly int _replica;

    private PhaseSpans(ActivityContext parent, int replica) => (_parent, _replica) = (parent, replica);

    /// <param name="traceParent">The gateway's span; null: the request is not traced.</param>
    /// <returns>Null: nobody wants to know.</returns>
    public static PhaseSpans? For(string? traceParent, int replica) =>
        traceParent is not null && ClusterTracing.Source.HasListeners() && ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent) ? new PhaseSpans(parent, replica) : null;

    /// <summary>Writes the span of a phase that is over.</summary>
    /// <param name="steps">What the replica completed in it.</param>
    public void Write(string phase, DateTimeOffset from, TimeSpan took, in StepSum steps)
    {
        using var span = ClusterTracing.Source.StartActivity(phase, ActivityKind.Internal, _parent, startTime: from);
        if (span is null)
            return;
        span.SetTag("baichuan.replica", _replica);
        if (steps.Count > 0)
        {
            span.SetTag("baichuan.steps", steps.Count);
            SetMean(span, "plan", steps.Times.Plan, steps.Count);
            SetMean(span, "transfer", steps.Times.Transfer, steps.Count);
            SetMean(span, "handover", steps.Times.Handover, steps.Count);
            SetMean(span, "compute", steps.Times.Compute, steps.Count);
            SetMean(span, "wait", steps.Times.Wait, steps.Count);
            SetMean(span, "commit", steps.Times.Commit, steps.Count);
        }

        span.SetEndTime((from + took).UtcDateTime);
    }

    private static void SetMean(Activity span, string part, TimeSpan sum, long steps) => span.SetTag($"baichuan.step.{part}_seconds", sum.TotalSeconds / steps);
}

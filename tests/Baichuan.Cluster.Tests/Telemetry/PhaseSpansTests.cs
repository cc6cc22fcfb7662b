using System.Diagnostics;
using Baichuan.Cluster.Telemetry;
using Baichuan.Model;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Telemetry;

public sealed class PhaseSpansTests : IDisposable
{
    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private readonly ActivitySpanId _gateway = ActivitySpanId.CreateRandom();
    private readonly FakeTimeProvider _time = new();
    private readonly StepMetrics _steps = new(721);
    private readonly List<Activity> _spans = [];
    private readonly ActivityListener _listener;

    public PhaseSpansTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ClusterTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == _trace)
                    _spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public void A_traced_request_has_a_span_for_each_phase_under_the_gateways_and_the_phase_knows_its_steps()
    {
        var phases = Begin();
        Wait(7);
        phases.OnAdmitted();
        Wait(2);
        Step(phases, transfer: 1); // a part of the prompt
        Step(phases, transfer: 3, token: true);
        for (var i = 0; i < 100; i++)
        {
            Wait(1);
            Step(phases, transfer: 5, token: true);
        }

        phases.OnEnded();

        Assert.Equal([("queue", 7d), ("prefill", 2d), ("decode", 100d)], _spans.Select(span => (span.DisplayName, span.Duration.TotalSeconds)));
        Assert.All(_spans, span => Assert.Equal((_gateway, 4), (span.ParentSpanId, span.GetTagItem("baichuan.replica"))));
        Assert.Null(_spans[0].GetTagItem("baichuan.steps"));
        Assert.Equal((2L, 2d), (_spans[1].GetTagItem("baichuan.steps"), _spans[1].GetTagItem("baichuan.step.transfer_seconds")));
        Assert.Equal((100L, 5d), (_spans[2].GetTagItem("baichuan.steps"), _spans[2].GetTagItem("baichuan.step.transfer_seconds")));
        Assert.Equal(_spans[0].StartTimeUtc + _spans[0].Duration, _spans[1].StartTimeUtc);
    }

    [Fact]
    public void A_request_that_ends_in_the_queue_was_there_all_the_time()
    {
        var phases = Begin();
        Wait(9);
        phases.OnEnded();
        Assert.Equal(("queue", 9d), (Assert.Single(_spans).DisplayName, _spans[0].Duration.TotalSeconds));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not a trace")]
    public void A_request_that_is_not_traced_has_none(string? parent) => Assert.Null(PhaseSpans.For(parent, 4));

    public void Dispose() => _listener.Dispose();

    private RequestPhases Begin() => new(new RequestMetrics(721), RequestClass.Interactive, _time, _steps, PhaseSpans.For($"00-{_trace}-{_gateway}-01", 4));

    private void Wait(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>As the coordinator does it: first the tokens, then the sum.</summary>
    private void Step(RequestPhases phases, int transfer, bool token = false)
    {
        if (token)
            phases.OnToken();
        _steps.OnCompleted(new StepTimes(default, TimeSpan.FromSeconds(transfer), default, default, default, default));
    }
}

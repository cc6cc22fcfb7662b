using Baichuan.Cluster.Telemetry;
using Baichuan.Model;
using Baichuan.Testing.Spans;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Telemetry;

public sealed class PhaseSpansTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly StepMetrics _steps = new(721);
    private readonly RecordedSpans _spans = new(ClusterTracing.SourceName);

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

        Assert.Equal([("queue", 7d), ("prefill", 2d), ("decode", 100d)], _spans.All.Select(span => (span.DisplayName, span.Duration.TotalSeconds)));
        Assert.All(_spans.All, span => Assert.Equal((_spans.Client, 4), (span.ParentSpanId, span.GetTagItem("baichuan.replica"))));
        Assert.Null(_spans.All[0].GetTagItem("baichuan.steps"));
        Assert.Equal((2L, 2d), (_spans.All[1].GetTagItem("baichuan.steps"), _spans.All[1].GetTagItem("baichuan.step.transfer_seconds")));
        Assert.Equal((100L, 5d), (_spans.All[2].GetTagItem("baichuan.steps"), _spans.All[2].GetTagItem("baichuan.step.transfer_seconds")));
        Assert.Equal(_spans.All[0].StartTimeUtc + _spans.All[0].Duration, _spans.All[1].StartTimeUtc);
    }

    [Fact]
    public void A_request_that_ends_in_the_queue_was_there_all_the_time()
    {
        var phases = Begin();
        Wait(9);
        phases.OnEnded();
        Assert.Equal(("queue", 9d), (Assert.Single(_spans.All).DisplayName, _spans.All[0].Duration.TotalSeconds));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not a trace")]
    public void A_request_that_is_not_traced_has_none(string? parent) => Assert.Null(PhaseSpans.For(parent, 4));

    public void Dispose() => _spans.Dispose();

    private RequestPhases Begin() => new(new RequestMetrics(721), RequestClass.Interactive, _time, _steps, PhaseSpans.For(_spans.TraceParent, 4));

    private void Wait(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>As the coordinator does it: first the tokens, then the sum.</summary>
    private void Step(RequestPhases phases, int transfer, bool token = false)
    {
        if (token)
            phases.OnToken();
        _steps.OnCompleted(new StepTimes(default, TimeSpan.FromSeconds(transfer), default, default, default, default));
    }
}

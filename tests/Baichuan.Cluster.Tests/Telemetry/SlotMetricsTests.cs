using Baichuan.Cluster.Telemetry;
using Baichuan.Model.Execution;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Telemetry;

public sealed class SlotMetricsTests
{
    [Fact]
    public async Task A_gap_counts_where_the_coordinator_went_on_and_not_where_it_was_idle()
    {
        var time = new FakeTimeProvider();
        var metrics = new SlotMetrics(702, time);
        var result = StepResult.Create(1, 0, TimeSpan.Zero, TimeSpan.Zero);

        metrics.OnStepBegan(follows: false);
        metrics.OnStepEnded(result);
        time.Advance(TimeSpan.FromMilliseconds(3));
        metrics.OnStepBegan(follows: true);
        metrics.OnStepEnded(result);
        time.Advance(TimeSpan.FromHours(1));
        metrics.OnStepBegan(follows: false);

        Assert.Equal(1, await Samples.ReadAsync("baichuan_step_gap_seconds_count{slot=\"702\"}"));
        Assert.Equal(.003, await Samples.ReadAsync("baichuan_step_gap_seconds_sum{slot=\"702\"}"), precision: 9);
    }
}

using Baichuan.Cluster.Telemetry;

namespace Baichuan.Cluster.Tests.Telemetry;

public sealed class StepMetricsTests
{
    [Fact]
    public async Task The_parts_of_a_step_add_up_to_it()
    {
        var times = StepTimes.Of(Microseconds(30), away: Microseconds(9_500), onShard: Microseconds(9_200), Microseconds(7_000), Microseconds(2_000), Microseconds(20));
        new StepMetrics(701).OnCompleted(times);

        Assert.Equal((300, 200), (times.Transfer.TotalMicroseconds, times.Handover.TotalMicroseconds));
        Assert.Equal(Microseconds(30 + 9_500 + 20), times.Total);
        var parts = 0d;
        foreach (var part in (string[])["plan", "transfer", "handover", "compute", "wait", "commit"])
            parts += await Samples.ReadAsync($"baichuan_step_{part}_seconds_sum{{replica=\"701\"}}");
        Assert.Equal(await Samples.ReadAsync("baichuan_step_seconds_sum{replica=\"701\"}"), parts, precision: 9);
    }

    private static TimeSpan Microseconds(int count) => TimeSpan.FromMicroseconds(count);
}

using Baichuan.Cli.Bench.Reporting;

namespace Baichuan.Cli.Tests.Bench.Reporting;

public sealed class LatencySamplesTests
{
    [Fact]
    public void Latencies_count_from_when_a_request_was_due()
    {
        // Due at 100, sent at 130, tokens at 180, 200, 220.
        var samples = new LatencySamples([Records.Completed(100, 130, 180, 20, 3)]);

        Assert.Equal(80, samples.Ttft.Figures!.Mean);
        Assert.Equal(120, samples.E2e.Figures!.Mean);
        Assert.Equal(20, samples.Tpot.Figures!.Mean);
        Assert.Equal(20, samples.Itl.Figures!.Mean);
        Assert.Equal(30, samples.ClientQueue.Figures!.Mean);
    }

    [Fact]
    public void Tpot_is_a_mean_of_each_request_and_Itl_every_gap()
    {
        var samples = new LatencySamples([Records.Completed(0, 0, 10, 5, 3), Records.Completed(0, 0, 10, 50, 11), Records.Completed(0, 0, 10, 0, 1)]);

        Assert.Equal((2, (5 + 50) / 2.0), (samples.Tpot.Count, samples.Tpot.Figures!.Mean));
        Assert.Equal((12, (2 * 5 + 10 * 50) / 12.0), (samples.Itl.Count, samples.Itl.Figures!.Mean));
        Assert.Equal(3, samples.Ttft.Count);
    }
}

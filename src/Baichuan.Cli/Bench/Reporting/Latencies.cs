namespace Baichuan.Cli.Bench.Reporting;

/// <summary>As <see cref="LatencySamples"/> defines them; null where no request has one.</summary>
internal sealed record Latencies(LatencyFigures? Ttft, LatencyFigures? Tpot, LatencyFigures? Itl, LatencyFigures? E2e, LatencyFigures? ClientQueue)
{
    public static Latencies Of(LatencySamples samples) =>
        new(samples.Ttft.Figures, samples.Tpot.Figures, samples.Itl.Figures, samples.E2e.Figures, samples.ClientQueue.Figures);
}

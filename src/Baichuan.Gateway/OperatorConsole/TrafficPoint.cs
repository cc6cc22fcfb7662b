namespace Baichuan.Gateway.OperatorConsole;

/// <summary>A slice as the page gets it: rates a second, and seconds; null where there was nothing to measure.</summary>
internal sealed record TrafficPoint(
    double PromptRate, double CompletionRate, int Done, int Failed, double? FirstTokenMedian, double? FirstTokenP90, double? InterTokenMedian, double? InterTokenP90)
{
    public static TrafficPoint Empty { get; } = new(0, 0, 0, 0, null, null, null, null);

    public static TrafficPoint Of(TrafficSlice slice) => new(
        (double)slice.PromptTokens / RecentTraffic.SliceSeconds,
        (double)slice.CompletionTokens / RecentTraffic.SliceSeconds,
        slice.Done,
        slice.Failed,
        slice.FirstToken.Quantile(0.5),
        slice.FirstToken.Quantile(0.9),
        slice.InterToken.Quantile(0.5),
        slice.InterToken.Quantile(0.9));
}

namespace Baichuan.Testing.Histories;

/// <summary>How long streams stood still around faults, read from a history: for every stream that had tokens before a fault and was not over, the longest time between two
/// of its events, the later of which lies after the fault and before the next one.</summary>
internal static class StreamStalls
{
    /// <param name="faults">When they happened, in seconds of the history, ascending.</param>
    /// <returns>Seconds of each stream, by fault.</returns>
    public static IReadOnlyList<IReadOnlyList<double>> Of(IEnumerable<HistoryEvent> history, IReadOnlyList<double> faults)
    {
        double[][] streams = [.. history.Where(happened => happened.Kind != HistoryKind.Started).GroupBy(happened => happened.Stream).Select(stream => stream.Select(happened => happened.Seconds).Order().ToArray())];
        return [.. faults.Select((fault, index) => Around(streams, fault, index + 1 < faults.Count ? faults[index + 1] : double.PositiveInfinity))];
    }

    /// <summary>The middle one of the times between two events of a stream.</summary>
    public static double MedianGap(IEnumerable<HistoryEvent> history)
    {
        double[] gaps =
        [
            .. history.Where(happened => happened.Kind == HistoryKind.Tokens).GroupBy(happened => happened.Stream)
                .SelectMany(stream => stream.Zip(stream.Skip(1), (before, after) => after.Seconds - before.Seconds)).Order(),
        ];
        return gaps.Length == 0 ? 0 : gaps[gaps.Length / 2];
    }

    private static double[] Around(double[][] streams, double fault, double next) =>
    [
        .. streams.Where(events => events[0] < fault && events[^1] > fault)
            .Select(events => events.Zip(events.Skip(1)).Where(pair => pair.Second > fault && pair.First < next).Max(pair => Math.Min(pair.Second, next) - pair.First)),
    ];
}

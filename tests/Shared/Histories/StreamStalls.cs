namespace Baichuan.Testing.Histories;

/// <summary>How long streams stood still around faults, read from a history: for every stream that had tokens before the end of a fault and was not over at its begin, the longest time between two
/// of its events, the later of which lies after the begin and before the next fault.</summary>
internal static class StreamStalls
{
    /// <param name="faults">When they began and ended, in seconds of the history, ascending; the same for those of a moment.</param>
    /// <returns>Seconds of each stream, by fault.</returns>
    public static IReadOnlyList<IReadOnlyList<double>> Of(IEnumerable<HistoryEvent> history, IReadOnlyList<(double Begin, double End)> faults)
    {
        double[][] streams = [.. history.Where(happened => happened.Kind != HistoryKind.Started).GroupBy(happened => happened.Stream).Select(stream => stream.Select(happened => happened.Seconds).Order().ToArray())];
        return [.. faults.Select((fault, index) => Around(streams, fault, index + 1 < faults.Count ? faults[index + 1].Begin : double.PositiveInfinity))];
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

    private static double[] Around(double[][] streams, (double Begin, double End) fault, double next) =>
    [
        .. streams.Where(events => events.Length > 1 && events[0] < fault.End && events[^1] > fault.Begin)
            .Select(events => events.Zip(events.Skip(1)).Where(pair => pair.Second > fault.Begin && pair.First < next).Max(pair => Math.Min(pair.Second, next) - pair.First)),
    ];
}

namespace Baichuan.Testing.Histories;

/// <summary>Checks client-side histories against the stream contract: every stream starts once and first, its tokens are in order, without gap or repetition,
/// its text is whole characters, it has exactly one terminal event, which is the last, and it is the answer that a run without faults gave.</summary>
internal static class HistoryChecker
{
    /// <param name="history">Events in the order in which each stream's client saw them.</param>
    /// <param name="reference">Answers of the fault-free run, by request.</param>
    public static HistoryReport Check(IEnumerable<HistoryEvent> history, IReadOnlyDictionary<string, ReferenceAnswer> reference)
    {
        var streams = new Dictionary<string, StreamHistory>();
        foreach (var happened in history)
        {
            if (!streams.TryGetValue(happened.Stream, out var stream))
                streams.Add(happened.Stream, stream = new StreamHistory(happened.Stream, happened.Request));
            stream.Add(happened);
        }

        foreach (var stream in streams.Values)
            stream.Close(reference.GetValueOrDefault(stream.Request));
        var all = streams.Values;
        return new HistoryReport(
            all.Count,
            all.Count(stream => stream.HasFailed),
            all.Sum(stream => stream.Lost),
            all.Sum(stream => stream.Doubled),
            all.Count(stream => stream.HasOtherHash),
            [.. all.SelectMany(stream => stream.Violations)]);
    }
}

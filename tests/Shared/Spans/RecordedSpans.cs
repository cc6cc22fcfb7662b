using System.Collections.Concurrent;
using System.Diagnostics;

namespace Baichuan.Testing.Spans;

/// <summary>A source's spans of one trace, as a client began it; other tests have other traces.</summary>
internal sealed class RecordedSpans : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<Activity> _spans = new();

    public RecordedSpans(string sourceName)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == sourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == Trace)
                    _spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public ActivityTraceId Trace { get; } = ActivityTraceId.CreateRandom();

    public ActivitySpanId Client { get; } = ActivitySpanId.CreateRandom();

    public string TraceParent => $"00-{Trace}-{Client}-01";

    /// <summary>In the order in which they ended.</summary>
    public IReadOnlyList<Activity> All => [.. _spans];

    /// <summary>Everything that a collector would get, as one text.</summary>
    public string Text => string.Join('\n', All.SelectMany(span => span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Prepend(span.DisplayName).Append(span.StatusDescription)));

    public void Dispose() => _listener.Dispose();
}

using Baichuan.Cluster.Abstractions.Streams;

namespace Baichuan.Cluster.Replica;

/// <summary>The streams of one gateway at a replica, and the call in which it waits for news.</summary>
internal sealed class GatewayStreams
{
    private readonly Dictionary<ulong, OpenStream> _streams = [];
    private TaskCompletionSource _news = NewSignal();
    private long _calls;
    private long? _newsSince; // the oldest that has not been sent
    private long? _sentSince; // the oldest that was sent with the last answer

    /// <summary>Timestamp of the last answer that had news.</summary>
    public long Answered { get; private set; }

    /// <summary>There is news that does not wait for the interval between answers.</summary>
    public bool IsUrgent { get; private set; }

    /// <summary>Timestamp of its last call.</summary>
    public long Seen { get; set; }

    public IReadOnlyCollection<OpenStream> Streams => _streams.Values;

    /// <summary>Completes when something is new, or when another call takes over.</summary>
    public Task News => _news.Task;

    public bool HasNews => _streams.Values.Any(stream => stream.HasNews);

    public void Add(OpenStream stream) => _streams.Add(stream.Id, stream);

    public OpenStream? Remove(ulong stream) => _streams.Remove(stream, out var removed) ? removed : null;

    /// <summary>Something is new; wakes the waiting call if it is due.</summary>
    public void Announce(long now, bool isUrgent, bool isDue)
    {
        _newsSince ??= now;
        IsUrgent |= isUrgent;
        if (isUrgent || isDue)
            _news.TrySetResult();
    }

    /// <summary>A call says that the answer to the one before has arrived: since when its oldest news had been there; null if it had none.</summary>
    public long? TakeDelivered()
    {
        var since = _sentSince;
        _sentSince = null;
        return since;
    }

    /// <summary>A call of the gateway begins and takes the place of one that it has given up. Returns its number.</summary>
    public long BeginCall()
    {
        _news.TrySetResult();
        _news = NewSignal();
        return ++_calls;
    }

    /// <summary>Whether no later call has begun.</summary>
    public bool IsCurrent(long call) => call == _calls;

    /// <summary>Takes the cursors of a call: rewinds what is listed, forgets what was delivered to the end and is listed no more, and returns the
    /// listed streams that are not here.</summary>
    public List<ulong> Acknowledge(ReadOnlySpan<StreamCursor> cursors)
    {
        List<ulong> unknown = [];
        foreach (var cursor in cursors)
        {
            if (_streams.TryGetValue(cursor.Stream, out var stream))
                stream.Rewind(cursor.Next);
            else
                unknown.Add(cursor.Stream);
        }

        foreach (var stream in _streams.Values)
        {
            if (stream.IsDelivered)
                _streams.Remove(stream.Id);
        }

        return unknown;
    }

    /// <summary>Writes all news.</summary>
    public void WriteNews(StreamUpdatesBuilder updates, long now)
    {
        if (_newsSince is not null)
            Answered = now;
        IsUrgent = false;
        (_sentSince, _newsSince) = (_newsSince, null);
        foreach (var stream in _streams.Values)
        {
            if (stream.HasNews)
                stream.WriteNews(updates);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

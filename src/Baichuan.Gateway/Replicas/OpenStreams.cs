using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions.Streams;

namespace Baichuan.Gateway.Replicas;

/// <summary>The gateway's streams at one replica, and which epoch their tokens may come from. Thread-safe.</summary>
/// <param name="patience">How long a stream may be unknown here: longer than the answer to a submission can take.</param>
internal sealed class OpenStreams(TimeSpan patience, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, ReplicaStream> _streams = [];
    private readonly Dictionary<ulong, EarlyNews> _early = [];
    private ulong _epoch;

    public int Count
    {
        get
        {
            lock (_lock)
                return _streams.Count;
        }
    }

    /// <summary>Opens a stream with what came of it before the answer to its submission did.</summary>
    public void Add(ReplicaStream stream)
    {
        lock (_lock)
        {
            _streams.Add(stream.Number, stream);
            if (!_early.Remove(stream.Number, out var early))
                return;
            foreach (var updates in early.Frames)
                Deliver(updates, stream);
        }
    }

    /// <returns>Whether it was still open.</returns>
    public bool Remove(ReplicaStream stream)
    {
        lock (_lock)
            return _streams.Remove(stream.Number);
    }

    /// <summary>A <see cref="StreamCursor"/> for each open stream, as bytes.</summary>
    public byte[] Cursors()
    {
        lock (_lock)
        {
            var cursors = new StreamCursor[_streams.Count];
            var i = 0;
            foreach (var stream in _streams.Values)
                cursors[i++] = new StreamCursor(stream.Number, stream.Received);
            return MemoryMarshal.AsBytes(cursors).ToArray();
        }
    }

    /// <summary>Hands a frame's updates to their streams.</summary>
    /// <returns>Streams that nobody here reads, to be cancelled: their submission was given up, or an earlier cancellation got lost.</returns>
    /// <exception cref="StaleEpochException">The frame is of a replica that was replaced; nothing is taken from it.</exception>
    public List<ulong> Take(StreamUpdates updates)
    {
        lock (_lock)
        {
            if (updates.Epoch < _epoch)
                throw new StaleEpochException(updates.Epoch, _epoch);
            _epoch = updates.Epoch;
            foreach (ref readonly var update in updates.Updates)
            {
                if (_streams.TryGetValue(update.Stream, out var stream))
                    Deliver(updates, update, stream);
                else
                    Keep(updates, update.Stream);
            }

            return TakeOrphans();
        }
    }

    /// <summary>The replica is given up: every stream has to be submitted again.</summary>
    /// <param name="all">False: only those that any other replica may have.</param>
    /// <returns>Which they were.</returns>
    public IReadOnlyList<ulong> Lose(bool all)
    {
        lock (_lock)
        {
            List<ReplicaStream> lost = [.. _streams.Values.Where(stream => all || !stream.IsBound)];
            foreach (var stream in lost)
            {
                stream.Lose();
                _streams.Remove(stream.Number);
            }

            return lost.ConvertAll(stream => stream.Number);
        }
    }

    private void Deliver(StreamUpdates updates, ReplicaStream stream)
    {
        foreach (ref readonly var update in updates.Updates)
        {
            if (update.Stream == stream.Number)
                Deliver(updates, update, stream);
        }
    }

    private void Deliver(StreamUpdates updates, in StreamUpdate update, ReplicaStream stream)
    {
        if (stream.Accept(updates, update))
            _streams.Remove(stream.Number);
    }

    private void Keep(StreamUpdates updates, ulong stream)
    {
        if (!_early.TryGetValue(stream, out var early))
            _early.Add(stream, early = new EarlyNews(time.GetTimestamp(), []));
        early.Frames.Add(updates);
    }

    private List<ulong> TakeOrphans()
    {
        List<ulong> orphans = [.. _early.Where(early => time.GetElapsedTime(early.Value.Since) > patience).Select(early => early.Key)];
        foreach (var stream in orphans)
            _early.Remove(stream);
        return orphans;
    }

    private sealed record EarlyNews(long Since, List<StreamUpdates> Frames);
}

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>A shard that waits for its ties. Guarded by its <see cref="MeetingPoint"/>, but for <see cref="Complete"/> and <see cref="Fail"/>.</summary>
/// <param name="localPeers">Shards of this process that it is to be tied to.</param>
/// <param name="remotePeers">Shards of other processes; the lower ones call, the higher ones are called.</param>
internal sealed class Attendance(EpochKey epoch, byte[] secret, PeerBuilder builder, IEnumerable<int> localPeers, IEnumerable<int> remotePeers)
{
    private readonly HashSet<int> _localMissing = [.. localPeers];
    private readonly Dictionary<int, Dictionary<Line, Connection>> _remoteMissing = remotePeers.ToDictionary(peer => peer, _ => new Dictionary<Line, Connection>());
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EpochKey Epoch => epoch;

    public byte[] Secret => secret;

    public int Shard => builder.Shard;

    /// <summary>Done when the last tie is there.</summary>
    public Task Complete => _complete.Task;

    /// <summary>The shards that are still missing.</summary>
    public IReadOnlyList<int> Missing => [.. _localMissing.Concat(_remoteMissing.Keys).Order()];

    /// <summary>Whether this connection is one that the caller is to open and has not opened yet.</summary>
    public bool Expects(int caller, Line line) => caller < Shard && _remoteMissing.TryGetValue(caller, out var lines) && !lines.ContainsKey(line);

    /// <summary>Ties the shard to another of this process, if the two are peers.</summary>
    public void Meet(Attendance other)
    {
        if (!_localMissing.Contains(other.Shard) || !other._localMissing.Contains(Shard))
            return;
        if (Shard < other.Shard)
            PeerBuilder.TieLocally(builder, other.Builder);
        else
            PeerBuilder.TieLocally(other.Builder, builder);
        _localMissing.Remove(other.Shard);
        other._localMissing.Remove(Shard);
        CompleteIfNobodyIsMissing();
        other.CompleteIfNobodyIsMissing();
    }

    /// <summary>Takes one of the two connections to a peer; false if it is not waited for.</summary>
    public bool Take(int peer, Line line, Connection connection)
    {
        if (!_remoteMissing.TryGetValue(peer, out var lines) || !lines.TryAdd(line, connection))
            return false;
        if (lines.Count < Enum.GetValues<Line>().Length)
            return true;
        builder.TieRemotely(peer, lines[Line.Data], lines[Line.Watch]);
        _remoteMissing.Remove(peer);
        CompleteIfNobodyIsMissing();
        return true;
    }

    public void CompleteIfNobodyIsMissing()
    {
        if (_localMissing.Count + _remoteMissing.Count == 0)
            _complete.TrySetResult();
    }

    public void Fail(Exception reason) => _complete.TrySetException(reason);

    /// <summary>Closes the connections that belong to no tie yet.</summary>
    public void CloseHalfTies()
    {
        foreach (var connection in _remoteMissing.Values.SelectMany(lines => lines.Values))
            connection.Dispose();
    }

    private PeerBuilder Builder => builder;
}

using System.Security.Cryptography;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>
/// Where the shards of a process wait for their peers: for those of the same process, which are tied together here, and for connections from others. A
/// shard attends from the moment it is told to connect until all its ties are there. Thread-safe.
/// </summary>
internal sealed class MeetingPoint
{
    private readonly object _gate = new();
    private readonly List<Attendance> _present = [];

    /// <exception cref="ArgumentException">The shard attends already, or another shard of this process was given another secret for the epoch.</exception>
    public void Attend(Attendance attendance)
    {
        lock (_gate)
        {
            Attendance[] sameEpoch = [.. _present.Where(other => other.Epoch == attendance.Epoch)];
            foreach (var other in sameEpoch)
            {
                if (other.Shard == attendance.Shard)
                    throw new ArgumentException($"Shard {other.Shard} is connecting to epoch {other.Epoch.Number} already.");
                if (!CryptographicOperations.FixedTimeEquals(other.Secret, attendance.Secret))
                    throw new ArgumentException($"Shards {other.Shard} and {attendance.Shard} were given different secrets for epoch {other.Epoch.Number}.");
            }

            foreach (var other in sameEpoch)
                attendance.Meet(other);
            attendance.CompleteIfNobodyIsMissing(); // a replica of one shard
            _present.Add(attendance);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The shard waits no longer; says which peers had not come.</summary>
    public IReadOnlyList<int> Leave(Attendance attendance)
    {
        lock (_gate)
        {
            _present.Remove(attendance);
            attendance.CloseHalfTies();
            return attendance.Missing;
        }
    }

    /// <summary>The shard that a caller wants, as soon as it attends; null if it does not expect the caller, or does not come within the limit.</summary>
    public Attendance? Await(in Greeting greeting, TimeSpan limit)
    {
        var deadline = Deadline.After(limit);
        var (epoch, to) = (greeting.Epoch, greeting.To);
        lock (_gate)
        {
            while (true)
            {
                if (_present.Find(attendance => attendance.Epoch == epoch && attendance.Shard == to) is { } wanted)
                    return wanted.Expects(greeting.From, greeting.Line) ? wanted : null;
                if (deadline.HasPassed)
                    return null;
                Monitor.Wait(_gate, deadline.Remaining);
            }
        }
    }

    /// <summary>Gives a proven connection to a shard; false if the shard does not wait for it any more.</summary>
    public bool HandOver(Attendance attendance, int from, Line line, Connection connection)
    {
        lock (_gate)
            return _present.Contains(attendance) && attendance.Take(from, line, connection);
    }
}

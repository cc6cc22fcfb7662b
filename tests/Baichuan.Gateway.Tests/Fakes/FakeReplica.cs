using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Model.Execution;

namespace Baichuan.Gateway.Tests.Fakes;

/// <summary>A replica that keeps to the contract of <see cref="IReplicaGrain"/>, one token for each sequence and Next. Thread-safe.</summary>
internal class FakeReplica : IReplicaGrain
{
    private readonly Dictionary<ulong, FakeSequence> _sequences = [];
    private readonly HashSet<ulong> _delivered = [];
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _lastStream;

    protected Lock Gate { get; } = new();

    public ulong Epoch { get; set; } = 1;

    /// <summary>What it computes with; it goes on with no stream of another.</summary>
    public string Profile { get; set; } = "profile-1";

    /// <summary>Token at an index of the completion of a prompt, drawn with a seed.</summary>
    public Func<int[], ulong, int, int> Model { get; init; } = (prompt, seed, index) => 300 + ((prompt.Sum() + (int)(seed % 100) + (index * 37)) % 700);

    /// <summary>Sequences rest when they have this many tokens; 0: none makes a step.</summary>
    public int PauseAt { get; set; } = int.MaxValue;

    public SubmitReply? Refusal { get; set; }

    /// <summary>So many submissions are taken before the first is refused.</summary>
    public int Taken { get; set; }

    /// <summary>Those up to this one are refused; the next ones are not.</summary>
    public int Refusals { get; set; } = int.MaxValue;

    public int TopLogprobs { get; set; } = 1;

    public int CachedTokens { get; set; }

    public List<SubmitRequest> Submitted { get; } = [];

    public List<ulong> Cancelled { get; } = [];

    public int Live
    {
        get
        {
            lock (Gate)
                return _sequences.Values.Count(sequence => sequence.End == StreamEnd.None);
        }
    }

    public virtual Task<SubmitReply> Submit(SubmitRequest request)
    {
        lock (Gate)
        {
            Submitted.Add(request);
            if (Refusal is not null && Submitted.Count > Taken && Submitted.Count <= Refusals)
                return Task.FromResult(Refusal);
            if (request.Profile.Length > 0 && request.Profile != Profile)
                return Task.FromResult(new SubmitReply { Refusal = SubmitRefusal.OtherProfile, Reason = "It is of another profile." });
            _sequences.Add(++_lastStream, new FakeSequence(request));
            Wake();
            return Task.FromResult(new SubmitReply { Stream = _lastStream, Profile = Profile });
        }
    }

    public virtual async Task<NextReply> Next(NextRequest request)
    {
        Task woken;
        lock (Gate)
        {
            Acknowledge(MemoryMarshal.Cast<byte, StreamCursor>(request.Cursors.Span));
            woken = _wake.Task;
        }

        while (true)
        {
            lock (Gate)
            {
                foreach (var sequence in _sequences.Values.Where(sequence => sequence.Tokens.Count < PauseAt))
                    sequence.Step(Model);

                if (Frame(MemoryMarshal.Cast<byte, StreamCursor>(request.Cursors.Span)) is { } frame)
                    return new NextReply(frame.Frame);
                woken = _wake.Task;
            }

            try
            {
                await woken.WaitAsync(request.MaxWait);
            }
            catch (TimeoutException)
            {
                return new NextReply(new StreamUpdatesBuilder().Build(Epoch).Frame);
            }
        }
    }

    public virtual Task Cancel(CancelRequest request)
    {
        lock (Gate)
        {
            Cancelled.AddRange(request.Streams);
            foreach (var stream in request.Streams)
                _sequences.Remove(stream);
        }

        return Task.CompletedTask;
    }

    public Task Regroup(ulong epoch) => throw new NotSupportedException();

    public Task Forget(ForgetRequest request) => throw new NotSupportedException();

    public Task<ReplicaStatus> Start() => throw new NotSupportedException();

    public Task<ReplicaStatus> GetStatus() => throw new NotSupportedException();

    public void Change(Action change)
    {
        lock (Gate)
        {
            change();
            Wake();
        }
    }

    /// <summary>As after a restart.</summary>
    public void ForgetAll() => Change(_sequences.Clear);

    /// <summary>Ends every sequence where it stands.</summary>
    public void EndAll(StreamEnd end) => Change(() =>
    {
        foreach (var sequence in _sequences.Values)
            sequence.End = end;
    });

    /// <summary>Where the next frame starts for a sequence; the contract says: where the last one ended, or where the cursor is.</summary>
    protected virtual int FirstIndexFor(FakeSequence sequence) => sequence.Sent;

    private void Acknowledge(ReadOnlySpan<StreamCursor> cursors)
    {
        var listed = new HashSet<ulong>();
        foreach (var cursor in cursors)
        {
            listed.Add(cursor.Stream);
            if (_sequences.TryGetValue(cursor.Stream, out var sequence))
            {
                sequence.Sent = (int)cursor.Next;
                _delivered.Remove(cursor.Stream);
            }
        }

        foreach (var stream in _delivered.Where(stream => !listed.Contains(stream)).ToArray())
        {
            _sequences.Remove(stream);
            _delivered.Remove(stream);
        }
    }

    private StreamUpdates? Frame(ReadOnlySpan<StreamCursor> cursors)
    {
        var builder = new StreamUpdatesBuilder();
        foreach (var cursor in cursors)
        {
            if (!_sequences.ContainsKey(cursor.Stream))
                builder.Begin(cursor.Stream, 0, StreamEnd.Unknown);
        }

        foreach (var (stream, sequence) in _sequences)
        {
            if (sequence.Sent >= sequence.Tokens.Count && (sequence.End == StreamEnd.None || _delivered.Contains(stream)))
                continue;
            var first = FirstIndexFor(sequence);
            builder.Begin(stream, first, sequence.End, CachedTokens);
            for (var i = first; i < sequence.Tokens.Count; i++)
                builder.AddToken(sequence.Tokens[i], -sequence.Tokens[i], [.. Enumerable.Repeat(new TokenLogprob(sequence.Tokens[i], -1), TopLogprobs)]);
            sequence.Sent = sequence.Tokens.Count;
            if (sequence.End != StreamEnd.None)
                _delivered.Add(stream);
        }

        return builder.IsEmpty ? null : builder.Build(Epoch);
    }

    private void Wake()
    {
        _wake.TrySetResult();
        _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

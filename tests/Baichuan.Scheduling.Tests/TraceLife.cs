using Baichuan.Model;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

/// <summary>One random life of a replica, and the account at its end.</summary>
internal sealed class TraceLife(SchedulerOptions limits, int stepsAtOnce, DateTimeOffset start)
{
    private readonly SchedulerOptions _limits = limits;
    private DateTimeOffset _now = start;
    private int _requests;

    public ToyReplica Replica { get; } = new(limits) { StepsAtOnce = stepsAtOnce };

    public int Refused { get; private set; }

    public int Failures { get; private set; }

    public void Apply(TraceEvent e)
    {
        switch (e.Kind)
        {
            case TraceEventKind.Enqueue:
                Enqueue(e.Size, e.Choice);
                break;
            case TraceEventKind.Plan:
                Replica.Plan();
                break;
            case TraceEventKind.Complete when Replica.Results.Count > 0:
                Replica.Complete(_limits.PlansAhead ? 0 : e.Choice % Replica.Results.Count);
                break;
            case TraceEventKind.Cancel when Replica.Live.Count > 0:
                Replica.Cancel(Replica.Live[e.Choice % Replica.Live.Count]);
                break;
            case TraceEventKind.Fail:
                Fail(e.Size, e.Choice);
                Failures++;
                break;
            case TraceEventKind.Pass:
                _now = _now.AddSeconds(e.Choice);
                Replica.Expire(_now);
                break;
        }

        CheckCounters();
    }

    /// <summary>Everybody ended, nothing is held, and no request's tokens differ from those it would have alone.</summary>
    public void CheckEnd()
    {
        Assert.Equal(Replica.Accepted.Count, Replica.Finished.Count);
        var counters = Replica.Counters;
        Assert.Equal((0, 0, 0, default), (counters.Waiting, counters.Running, counters.StepsInFlight, counters.BlocksUsed));
        Assert.Equal((Replica.Batches.Count, Replica.Batches.Sum(b => b.Rows)), Replica.Planned);
        foreach (var sequence in Replica.Accepted)
        {
            var (tokens, finish) = ToyLanguage.Complete(sequence.Request, sequence.MaxLength);
            if (sequence.Finish is FinishReason.Stop or FinishReason.Length)
                Assert.Equal((tokens.Length, finish), (sequence.Length, sequence.Finish));
            Assert.True(tokens.AsSpan().StartsWith(sequence.Tokens));
        }
    }

    /// <summary>All shards are lost, or none, or some, but never both of a pair.</summary>
    private void Fail(int size, int choice)
    {
        int[]? lost = (choice / 2 % 4) switch
        {
            0 => null,
            1 => [],
            2 => [size % 4],
            _ => [size % 2, 2 + (size / 2 % 2)],
        };
        if (choice % 2 == 0)
            Replica.Replace(lost, 0, size / 4, choice / 4, size);
        else
            Replica.Fail(lost, 0, size / 4, choice / 4, size);
    }

    /// <summary>Mostly ordinary requests; some are resumed half-way, some stop early, some have a deadline, some cannot fit.</summary>
    private void Enqueue(int size, int choice)
    {
        var id = $"{_requests++}";
        var maxTokens = 1 + (choice % 25);
        var deadline = choice % 5 == 0 ? _now.AddSeconds(choice) : (DateTimeOffset?)null;
        int[] stops = choice % 3 == 0 ? [choice, size % ToyLanguage.VocabularySize, 1, 2, 3] : [];
        var (family, tenant) = ($"{choice % 3}", $"tenant {choice % 2}");
        var requestClass = (RequestClass)(choice / 2 % 3);
        var request = Requests.Of(id, size, maxTokens, default, stops, deadline, family, tenant, requestClass);
        if (choice % 4 == 0 && size > 0)
        {
            var (tokens, _) = ToyLanguage.Complete(request, size + maxTokens);
            request = Requests.Of(
                id, size, maxTokens, tokens.AsMemory(size, 1 + (choice % (tokens.Length - size))), stops, deadline, family, tenant, requestClass);
        }

        if (!Replica.TryEnqueue(request, out _, out _))
            Refused++;
    }

    private void CheckCounters()
    {
        var counters = Replica.Counters;
        Assert.Equal(Replica.Live.Count, counters.Waiting + counters.Running);
        Assert.InRange(counters.Running, 0, _limits.MaxSequences);
        Assert.InRange(counters.StepsInFlight, 0, _limits.PlansAhead ? 2 * stepsAtOnce : _limits.BatchesInFlight);
        Assert.InRange(counters.BlocksUsed.Global + counters.BlocksCached.Global, 0, _limits.Blocks.Global);
        Assert.InRange(counters.BlocksUsed.Sliding + counters.BlocksCached.Sliding, 0, _limits.Blocks.Sliding);
    }
}

using Baichuan.Cli.Bench.Planning;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Bench.Load;

/// <summary>
/// Sends arrivals when they are due, and never later because answers are late (an open loop): only a bound on concurrency makes a request wait. One use.
/// </summary>
/// <param name="send">Sends a request, and streams its events.</param>
/// <param name="vocabularySize">Of the model, for random prompts.</param>
/// <param name="maxConcurrency">Most requests in flight; null: no bound.</param>
internal sealed class LoadRun(
    Func<GenerateRequest, CancellationToken, IAsyncEnumerable<GenerationEvent>> send,
    int vocabularySize,
    int? maxConcurrency,
    TimeProvider clock,
    LoadCounters counters)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1); // timers take no more than some weeks
    private readonly SemaphoreSlim? _places = maxConcurrency is { } bound ? new SemaphoreSlim(bound) : null;
    private readonly long _start = clock.GetTimestamp();

    private TimeSpan Now => clock.GetElapsedTime(_start);

    /// <param name="interrupt">Ends the run early: what is in flight is cancelled, the rest is not sent.</param>
    public async Task<LoadResult> RunAsync(IReadOnlyList<Arrival> arrivals, CancellationToken interrupt)
    {
        var conversations = new List<Task<List<RequestRecord>>>(arrivals.Count);
        foreach (var arrival in arrivals)
        {
            // Made before it is due, so that making a long prompt delays nothing.
            var prompt = new List<int>();
            Append(arrival.Turns[0], prompt);
            if (!await ReachAsync(arrival.Due, interrupt))
                break;
            conversations.Add(ConverseAsync(arrival, prompt, interrupt));
        }

        RequestRecord[] records = [.. (await Task.WhenAll(conversations)).SelectMany(conversation => conversation)];
        return new LoadResult(records, records.Select(record => record.End).DefaultIfEmpty().Max(), interrupt.IsCancellationRequested);
    }

    /// <summary>Waits until an offset from the start. A timer is late by some milliseconds: that is a part of the latency, and shows as client queue.</summary>
    /// <returns>False if the run was interrupted.</returns>
    private async Task<bool> ReachAsync(TimeSpan due, CancellationToken interrupt)
    {
        while (!interrupt.IsCancellationRequested && due - Now is var left && left > TimeSpan.Zero)
        {
            var delay = left < LongestDelay ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : LongestDelay;
            await Task.Delay(delay, clock, interrupt)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        return !interrupt.IsCancellationRequested;
    }

    // A turn that does not end well ends its conversation: there is no history to go on from.
    private async Task<List<RequestRecord>> ConverseAsync(Arrival arrival, List<int> history, CancellationToken interrupt)
    {
        await Task.Yield(); // sending must not hold up the timetable
        var records = new List<RequestRecord>(arrival.Turns.Count);
        var due = arrival.Due;
        foreach (var (index, turn) in arrival.Turns.Index())
        {
            if (index > 0)
            {
                due = records[^1].End + turn.ThinkTime;
                Append(turn, history);
                if (!await ReachAsync(due, interrupt))
                    break;
            }

            if (await SendInTurnAsync(turn, due, history, interrupt) is not { } record)
                break;
            records.Add(record);
            if (record.Outcome != Outcome.Completed)
                break;
        }

        return records;
    }

    // Null if the run was interrupted before there was a place. Whoever is interrupted gives its place to the next, so nobody waits for ever.
    private async Task<RequestRecord?> SendInTurnAsync(PlannedTurn turn, TimeSpan due, List<int> history, CancellationToken interrupt)
    {
        if (_places is not null)
            await _places.WaitAsync(CancellationToken.None);
        try
        {
            return interrupt.IsCancellationRequested ? null : await SendAsync(turn, due, history, interrupt);
        }
        finally
        {
            _places?.Release();
        }
    }

    /// <param name="history">The prompt; the answer is appended.</param>
    private async Task<RequestRecord> SendAsync(PlannedTurn turn, TimeSpan due, List<int> history, CancellationToken interrupt)
    {
        var request = new GenerateRequest
        {
            TokenIds = new TokenIds { Ids = { history } },
            Sampling = new SamplingOptions { Seed = turn.Seed, MaxTokens = turn.OutputTokens, MinTokens = turn.OutputTokens, IgnoreEos = true },
        };
        var record = new RequestRecord(due, Now);
        counters.OnSent();
        try
        {
            await foreach (var generation in send(request, interrupt))
            {
                if (generation.Tokens is { TokenIds.Count: > 0 and var count } tokens)
                {
                    record.OnTokens(Now);
                    counters.OnTokens(count);
                    history.AddRange(tokens.TokenIds);
                }
                else if (generation.Finished is { } finished)
                {
                    record.OnFinished(finished);
                }
            }
        }
        catch (RpcException e)
        {
            record.OnStatus(e.Status);
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            record.OnInterrupted();
        }

        record.OnEnded(Now);
        counters.OnEnded();
        return record;
    }

    private void Append(PlannedTurn turn, List<int> prompt)
    {
        foreach (var run in turn.Prompt)
            run.AppendTo(prompt, vocabularySize);
    }
}

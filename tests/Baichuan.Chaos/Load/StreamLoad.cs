using System.Collections.Concurrent;
using System.Diagnostics;
using Baichuan.Client;
using Baichuan.Testing.Histories;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Chaos.Load;

/// <summary>Keeps a number of streams open, half of them at each gateway first, and writes down what each of their clients sees. Thread-safe.</summary>
internal sealed class StreamLoad : IDisposable
{
    private readonly IReadOnlyList<PlannedRequest> _plan;
    private readonly BaichuanClient[] _clients;
    private readonly long _begin = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<HistoryEvent> _history = new();
    private readonly ConcurrentDictionary<string, long> _live = new(); // by stream that has tokens and is not over: its events
    private volatile bool _ending;
    private int _sent;

    public StreamLoad(IReadOnlyList<PlannedRequest> plan, IReadOnlyList<Uri> gateways)
    {
        _plan = plan;
        _clients = [.. gateways.Select((_, first) => new BaichuanClient([.. gateways.Skip(first), .. gateways.Take(first)]))];
    }

    /// <summary>Of the history's time.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_begin).TotalSeconds;

    /// <summary>Streams that have tokens and are not over.</summary>
    public int Live => _live.Count;

    /// <summary>These streams, with how many events each has had.</summary>
    public IReadOnlyDictionary<string, long> Seen => _live.ToDictionary();

    /// <summary>How often a stream's call broke and its client went to the other gateway.</summary>
    public long Resumptions => _clients.Sum(client => client.Resumptions);

    public IReadOnlyCollection<HistoryEvent> History => _history;

    /// <summary>Whether each of these streams is over or has had so many more events.</summary>
    public bool HaveAllGoneOn(IReadOnlyDictionary<string, long> before, int events) =>
        before.All(stream => !_live.TryGetValue(stream.Key, out var now) || now >= stream.Value + events);

    /// <summary>Runs until <see cref="End"/>, then to the end of the streams that are open.</summary>
    public Task RunAsync(int streams, CancellationToken cancellation) => Task.WhenAll(Enumerable.Range(0, streams).Select(number => KeepOneOpenAsync(number, cancellation)));

    public void End() => _ending = true;

    public void Dispose()
    {
        foreach (var client in _clients)
            client.Dispose();
    }

    private async Task KeepOneOpenAsync(int number, CancellationToken cancellation)
    {
        await Task.Yield();
        while (!_ending)
        {
            var sent = Interlocked.Increment(ref _sent);
            var planned = _plan[sent % _plan.Count];
            await ReadAsync(planned, $"{planned.Name}-{sent}", _clients[number % _clients.Length], cancellation);
        }
    }

    private async Task ReadAsync(PlannedRequest planned, string stream, BaichuanClient client, CancellationToken cancellation)
    {
        void Note(HistoryKind kind, GeneratedTokens? tokens = null, string reason = "", string profile = "") => _history.Enqueue(new HistoryEvent
        {
            Stream = stream,
            Request = planned.Name,
            Seconds = Seconds,
            Kind = kind,
            First = tokens?.SequenceNumber ?? 0,
            Tokens = [.. tokens?.TokenIds ?? []],
            Text = tokens?.Text ?? "",
            Reason = reason,
            Profile = profile,
        });

        try
        {
            await foreach (var happened in client.GenerateAsync(planned.Under(stream), cancellationToken: cancellation))
            {
                switch (happened.EventCase)
                {
                    case GenerationEvent.EventOneofCase.Started:
                        Note(HistoryKind.Started, profile: happened.Started.ProfileId);
                        break;
                    case GenerationEvent.EventOneofCase.Tokens:
                        Note(HistoryKind.Tokens, happened.Tokens);
                        _live.AddOrUpdate(stream, 1, (_, count) => count + 1);
                        break;
                    case GenerationEvent.EventOneofCase.Finished:
                        Note(HistoryKind.Finished, reason: happened.Finished.Error is { } error ? $"{happened.Finished.Reason}: {error.Message}" : happened.Finished.Reason.ToString(), profile: happened.Finished.ProfileId);
                        break;
                }
            }
        }
        catch (RpcException e)
        {
            Note(HistoryKind.Broken, reason: $"{e.StatusCode}: {e.Status.Detail}");
        }

        _live.TryRemove(stream, out _);
    }
}

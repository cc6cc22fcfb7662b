using Baichuan.Client;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Kubernetes.Tests.Processes;

/// <summary>Clients that ask one question after the other until they are told to stop.</summary>
internal sealed class Load : IAsyncDisposable
{
    // Long enough that its blocks are cached, and found by the next request.
    private static readonly string Question = string.Concat(Enumerable.Repeat("What are the symptoms of diabetes, and how is it treated? ", 6));

    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _clients;
    private int _answers;
    private int _refusals;

    /// <param name="tokens">Of each answer.</param>
    public Load(BaichuanClient client, int clients, int tokens = 64) => _clients = [.. Enumerable.Range(0, clients).Select(_ => Task.Run(() => AskAsync(client, tokens)))];

    /// <summary>Requests that were told to come again later, and did.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    public bool HasFailed => _clients.Any(client => client.IsFaulted);

    public int Answers => Volatile.Read(ref _answers);

    /// <summary>Waits for the answers that are under way; a request that failed fails here.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _stop.Dispose();
    }

    private async Task AskAsync(BaichuanClient client, int tokens)
    {
        var request = new ChatRequest
        {
            Messages = { new ChatMessage { Role = Role.User, Content = Question } },
            Sampling = new SamplingOptions { Temperature = 0, RepetitionPenalty = 1, MaxTokens = tokens, IgnoreEos = true },
        };
        while (!_stop.IsCancellationRequested)
        {
            FinishReason? reason = null;
            try
            {
                await foreach (var message in client.ChatAsync(request))
                    reason = message.EventCase == GenerationEvent.EventOneofCase.Finished ? message.Finished.Reason : null;
            }
            catch (RpcException e) when (BaichuanClient.RetryAfter(e) is { } wait)
            {
                Interlocked.Increment(ref _refusals);
                await Task.Delay(wait);
                continue;
            }

            if (reason != FinishReason.Length)
                throw new InvalidOperationException($"A request ended by {reason}.");
            Interlocked.Increment(ref _answers);
        }
    }
}

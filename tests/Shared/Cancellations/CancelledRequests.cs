using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Testing.Cancellations;

/// <summary>Requests whose clients leave at random phases: before they are admitted, in the queue, while the prompt is computed, between tokens, and at the very end.</summary>
internal static class CancelledRequests
{
    private const int MostPrompt = 400;
    private const int MostTokens = 48;
    private const int MostMilliseconds = 60; // about what a request takes on a quiet machine

    /// <summary>Sends some at once until so many were cancelled before their last event, and returns when the last has ended.</summary>
    /// <returns>How many it sent: some end before they are cancelled.</returns>
    public static async Task<int> RunAsync(Inference.InferenceClient client, int seed, int count, int atOnce)
    {
        var sent = 0;
        var cancelled = 0;
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            while (Volatile.Read(ref cancelled) < count)
            {
                if (await IsCancelledAsync(client, new Random(unchecked((seed * 1_000_003) + Interlocked.Increment(ref sent)))))
                    Interlocked.Increment(ref cancelled);
            }
        }));
        return sent;
    }

    private static async Task<bool> IsCancelledAsync(Inference.InferenceClient client, Random random)
    {
        var tokens = random.Next(1, MostTokens);
        var request = new GenerateRequest
        {
            TokenIds = new TokenIds { Ids = { Enumerable.Range(0, random.Next(1, MostPrompt)).Select(_ => random.Next(5, 4_000)) } },
            Sampling = new SamplingOptions { MaxTokens = tokens, IgnoreEos = true, Seed = 1 },
        };
        using var leaving = new CancellationTokenSource();
        var leavesAt = int.MaxValue;
        switch (random.Next(4))
        {
            case 0: leaving.CancelAfter(TimeSpan.FromMilliseconds(random.NextDouble() * MostMilliseconds)); break;
            case 1: leaving.CancelAfter(TimeSpan.FromMilliseconds(random.Next(3))); break;
            default: leavesAt = random.Next(0, tokens); break; // after so many tokens: 0 is with the first event
        }

        try
        {
            using var call = client.Generate(request, cancellationToken: leaving.Token);
            var had = 0;
            while (await call.ResponseStream.MoveNext(leaving.Token))
            {
                had += call.ResponseStream.Current.Tokens?.TokenIds.Count ?? 0;
                if (call.ResponseStream.Current.Finished is not null)
                    return false;
                if (had >= leavesAt)
                    return true; // by disposing of the call
            }

            return false;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Cancelled)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}

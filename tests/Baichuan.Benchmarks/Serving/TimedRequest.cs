using System.Diagnostics;
using Baichuan.Client;
using Baichuan.V1;
using Google.Rpc;
using Grpc.Core;

namespace Baichuan.Benchmarks.Serving;

/// <summary>A request and when what came of it, by this process's clock. Its task writes, others read what they are told of.</summary>
internal sealed class TimedRequest
{
    private readonly List<TimeSpan> _gaps = [];
    private long _last;

    /// <summary>When it was sent, as <see cref="Stopwatch"/> counts.</summary>
    public long Sent { get; private set; }

    /// <summary>When its last event, or its refusal, came.</summary>
    public long Ended { get; private set; }

    /// <summary>From sending it to its first token; null: none came.</summary>
    public TimeSpan? ToFirstToken { get; private set; }

    /// <summary>Between one event with tokens and the next.</summary>
    public IReadOnlyList<TimeSpan> Gaps => _gaps;

    public int Tokens { get; private set; }

    public int CachedTokens { get; private set; }

    public int PromptTokens { get; private set; }

    /// <summary>The queue had no room.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>The refusal said when to try again: for people's programs, and for gRPC libraries that retry by themselves.</summary>
    public bool SaysWhenToRetry { get; private set; }

    /// <summary>It ended as it should.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>From its first token to its last, by the tokens after the first.</summary>
    public TimeSpan TimePerToken => Tokens > 1 ? (Stopwatch.GetElapsedTime(Sent, _last) - ToFirstToken!.Value) / (Tokens - 1) : TimeSpan.Zero;

    /// <summary>Called with the number of tokens of every event but the first with tokens.</summary>
    public Action<int>? OnTokens { get; init; }

    /// <summary>Called with every gap, when it has passed.</summary>
    public Action<TimeSpan>? OnGap { get; init; }

    /// <summary>Called once, with the first token.</summary>
    public Action? OnFirstToken { get; init; }

    /// <param name="tokens">Of the completion; its end-of-text token does not end it.</param>
    public static GenerateRequest Of(IEnumerable<int> prompt, int tokens) => new()
    {
        TokenIds = new TokenIds { Ids = { prompt } },
        Sampling = SamplingFor(tokens),
    };

    public static SamplingOptions SamplingFor(int tokens) => new() { Temperature = 0, RepetitionPenalty = 1, MaxTokens = tokens, IgnoreEos = true };

    /// <summary>Sends a prompt and reads the answer to its end, a refusal included.</summary>
    public Task RunAsync(BaichuanClient client, GenerateRequest request, CancellationToken cancellation) =>
        ReadAsync(() => client.GenerateAsync(request, cancellationToken: cancellation));

    /// <inheritdoc cref="RunAsync(BaichuanClient, GenerateRequest, CancellationToken)"/>
    public Task RunAsync(BaichuanClient client, ChatRequest request, CancellationToken cancellation) =>
        ReadAsync(() => client.ChatAsync(request, cancellationToken: cancellation));

    private async Task ReadAsync(Func<IAsyncEnumerable<GenerationEvent>> send)
    {
        Sent = Stopwatch.GetTimestamp();
        try
        {
            await foreach (var message in send())
                Take(message);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
        {
            IsRefused = true;
            SaysWhenToRetry = e.GetRpcStatus()?.GetDetail<RetryInfo>() is { RetryDelay: not null } && e.Trailers.GetValue("grpc-retry-pushback-ms") is not null;
        }

        Ended = Stopwatch.GetTimestamp();
    }

    private void Take(GenerationEvent message)
    {
        if (message.Finished is { } finished)
        {
            (IsWhole, CachedTokens, PromptTokens) = (finished.Reason is FinishReason.Length or FinishReason.Stop, finished.Usage.CachedTokens, finished.Usage.PromptTokens);
            if (!IsWhole)
                throw new InvalidOperationException($"A request ended with {finished.Reason}: {finished.Error?.Message}");
        }

        if (message.Tokens is not { } tokens || tokens.TokenIds.Count == 0)
            return;
        var now = Stopwatch.GetTimestamp();
        Tokens += tokens.TokenIds.Count;
        if (ToFirstToken is null)
        {
            ToFirstToken = Stopwatch.GetElapsedTime(Sent, now);
            OnFirstToken?.Invoke();
        }
        else
        {
            var gap = Stopwatch.GetElapsedTime(_last, now);
            _gaps.Add(gap);
            OnTokens?.Invoke(tokens.TokenIds.Count);
            OnGap?.Invoke(gap);
        }

        _last = now;
    }
}

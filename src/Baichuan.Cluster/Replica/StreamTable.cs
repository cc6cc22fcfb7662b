using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Telemetry;
using Baichuan.Model.Execution;
using Baichuan.Scheduling;

namespace Baichuan.Cluster.Replica;

/// <summary>Which gateway waits for which sequence, and what it has been told. In the replica grain's context only.</summary>
/// <param name="interval">Between answers to a gateway, but for what is urgent: see <see cref="DeploymentOptions.DeliveryInterval"/>.</param>
internal sealed class StreamTable(TimeProvider time, StepMetrics metrics, TimeSpan interval)
{
    /// <summary>A gateway that has not called for this long is gone.</summary>
    public static readonly TimeSpan GatewaySilence = TimeSpan.FromSeconds(10);

    /// <summary>One that has missed several calls is very likely gone: what its clients have resumed through another gateway is not kept for it.</summary>
    public static readonly TimeSpan GatewayDoubt = TimeSpan.FromSeconds(1.5);

    private readonly Dictionary<string, GatewayStreams> _gateways = [];
    private readonly Dictionary<string, OpenStream> _bySequence = [];
    private readonly StreamUpdatesBuilder _updates = new();

    /// <summary>The name of a request's sequence in the scheduler: request ids are unique per gateway only.</summary>
    public static string SequenceOf(string gateway, string requestId) => $"{gateway}/{requestId}";

    public OpenStream? Find(string gateway, string requestId) => _bySequence.GetValueOrDefault(SequenceOf(gateway, requestId));

    /// <summary>Whether a stream that goes on has had a token.</summary>
    public bool HaveBegun => _bySequence.Values.Any(stream => stream.HasBegun);

    /// <summary>Drops every stream that is not over: gateways are told that it is unknown here, and submit it again.</summary>
    public void LoseAll()
    {
        foreach (var stream in _bySequence.Values)
        {
            _gateways[stream.Gateway].Remove(stream.Id);
            stream.Phases?.OnEnded();
        }

        _bySequence.Clear();
    }

    /// <param name="client">Names the client's request, the same whichever gateway submits it, and however often.</param>
    public OpenStream Open(string gateway, string requestId, string client, int firstIndex, RequestPhases? phases = null)
    {
        var stream = new OpenStream(NewId(), gateway, requestId, client, firstIndex) { Phases = phases };
        Touch(gateway).Add(stream);
        _bySequence.Add(SequenceOf(gateway, requestId), stream);
        return stream;
    }

    /// <summary>A sequence runs for the first time.</summary>
    public void OnAdmitted(Sequence sequence) => _bySequence.GetValueOrDefault(sequence.RequestId)?.Phases?.OnAdmitted();

    /// <summary>Hands on what happened to a sequence.</summary>
    /// <param name="result">The step result that brought it; null where no step did.</param>
    public void Publish(in SequenceOutcome outcome, StepResult? result = null)
    {
        ReadOnlySpan<TokenLogprob> tops = outcome.Token is { } token && result is not null ? result.TopLogprobs(token) : default;
        if (_bySequence.TryGetValue(outcome.Sequence.RequestId, out var stream))
            stream.CachedTokens = outcome.Sequence.CachedTokens;
        Publish(outcome.Sequence.RequestId, outcome.Token, tops, ToEnd(outcome.Finish));
    }

    /// <summary>Adds what is known of a prompt's token; it is handed on with the first token of the completion.</summary>
    public void Publish(in PromptScore score, StepResult result)
    {
        if (_bySequence.TryGetValue(score.Sequence.RequestId, out var stream))
            stream.AppendPrompt(score.Token, result.TopLogprobs(score.Token));
    }

    /// <summary>Adds a token, an end, or both to the stream of a sequence; one that was closed meanwhile gets neither.</summary>
    public void Publish(string sequence, SampledToken? token, ReadOnlySpan<TokenLogprob> topLogprobs, StreamEnd end)
    {
        if (!_bySequence.TryGetValue(sequence, out var stream))
            return;
        if (token is { } sampled)
        {
            stream.Append(sampled, topLogprobs);
            stream.Phases?.OnToken();
        }

        if (end != StreamEnd.None)
        {
            stream.Phases?.OnEnded();
            stream.Finish(end);
            _bySequence.Remove(sequence);
        }

        var (gateway, now) = (_gateways[stream.Gateway], time.GetTimestamp());
        gateway.Announce(now, stream.IsUrgent, time.GetElapsedTime(gateway.Answered, now) >= interval);
    }

    /// <summary>Drops a stream that its gateway wants no more; returns the sequence to cancel, or null.</summary>
    public string? Close(string gateway, ulong stream)
    {
        if (!_gateways.TryGetValue(gateway, out var streams) || streams.Remove(stream) is not { } closed)
            return null;
        var sequence = SequenceOf(gateway, closed.RequestId);
        if (!_bySequence.Remove(sequence))
            return null;
        closed.Phases?.OnEnded();
        return sequence;
    }

    /// <summary>Drops the gateways that went silent, and of those that seem to be gone what another has taken over; returns the sequences to cancel.</summary>
    public List<string> DropSilent()
    {
        List<string> orphans = [];
        foreach (var (gateway, streams) in _gateways)
        {
            var silence = time.GetElapsedTime(streams.Seen);
            if (silence > GatewaySilence)
                _gateways.Remove(gateway);
            else if (silence <= GatewayDoubt || _gateways.Count == 1)
                continue;
            foreach (var stream in streams.Streams.ToArray())
            {
                if (silence <= GatewaySilence && !IsTakenOver(gateway, stream))
                    continue;
                var sequence = SequenceOf(gateway, stream.RequestId);
                streams.Remove(stream.Id);
                if (_bySequence.Remove(sequence))
                    orphans.Add(sequence);
            }
        }

        return orphans;
    }

    private bool IsTakenOver(string gateway, OpenStream stream) => _gateways.Any(other =>
        other.Key != gateway && other.Value.Streams.Any(taken => taken.Client == stream.Client && time.GetElapsedTime(other.Value.Seen) <= GatewayDoubt));

    /// <summary>Answers a gateway's call when there is news, or when it has waited long enough.</summary>
    public async Task<StreamUpdates> NextAsync(NextRequest request, Func<ulong> epoch)
    {
        var gateway = Touch(request.Gateway);
        var call = gateway.BeginCall();
        if (gateway.TakeDelivered() is { } since)
            metrics.OnDelivered(time.GetElapsedTime(since));
        var unknown = gateway.Acknowledge(MemoryMarshal.Cast<byte, StreamCursor>(request.Cursors.Span));
        if (unknown.Count == 0 && WaitFor(gateway, request.MaxWait) is { Ticks: > 0 } wait)
            await gateway.News.WaitAsync(wait, time).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        if (gateway.IsCurrent(call))
        {
            gateway.Seen = time.GetTimestamp();
            foreach (var stream in unknown)
                _updates.Begin(stream, 0, StreamEnd.Unknown);
            gateway.WriteNews(_updates, gateway.Seen);
        }

        return _updates.Build(epoch());
    }

    /// <summary>How long a call may have to wait: not at all for what is urgent, for the rest of the interval if there is other news.</summary>
    private TimeSpan WaitFor(GatewayStreams gateway, TimeSpan most)
    {
        if (gateway.IsUrgent)
            return TimeSpan.Zero;
        if (!gateway.HasNews)
            return most;
        var rest = interval - time.GetElapsedTime(gateway.Answered);
        return rest < most ? rest : most;
    }

    private GatewayStreams Touch(string id)
    {
        if (!_gateways.TryGetValue(id, out var gateway))
            _gateways.Add(id, gateway = new GatewayStreams());
        gateway.Seen = time.GetTimestamp();
        return gateway;
    }

    private static StreamEnd ToEnd(FinishReason? finish) => finish switch
    {
        null => StreamEnd.None,
        FinishReason.Stop => StreamEnd.Stop,
        FinishReason.Length => StreamEnd.Length,
        FinishReason.Cancelled => StreamEnd.Cancelled,
        FinishReason.Deadline => StreamEnd.Deadline,
        _ => StreamEnd.Error,
    };

    private static ulong NewId()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes) | 1;
    }
}

using System.Diagnostics.CodeAnalysis;
using Baichuan.Scheduling.Prefix;

namespace Baichuan.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>
    /// Takes a request into the waiting queue, or says why not. A request whose tokens so far end it already (its gateway missed only the end) is
    /// accepted and finished at once: <see cref="Sequence.Finish"/> is set on return, and no outcome follows.
    /// </summary>
    /// <param name="now">Dates a refusal's <see cref="Refusal.RetryAfter"/>.</param>
    public bool TryEnqueue(SequenceRequest request, DateTimeOffset now, [NotNullWhen(true)] out Sequence? sequence, [NotNullWhen(false)] out Refusal? refusal)
    {
        sequence = null;
        refusal = Contradiction(request) ?? Misfit(request) ?? Crowding(request, now);
        if (refusal is not null)
            return false;

        sequence = new Sequence(request, _nextArrival++, _hasher is null ? null : new PrefixChain(_hasher, request.Tenant));
        if (sequence.Ending() is { } reason)
        {
            sequence.End(reason);
            return true;
        }

        _live.Add(request.RequestId, sequence);
        if (request.Generated.IsEmpty)
            _queue.Add(sequence);
        else
            _queue.Resume(sequence); // it has run elsewhere, and its client is reading it
        if (request.Deadline is not null)
            _deadlines.Add(sequence);
        return true;
    }

    /// <summary>Wrong everywhere. Gateways have checked all this; but a token outside the vocabulary would take the shards down, again in every
    /// epoch that replays it.</summary>
    private Refusal? Contradiction(SequenceRequest request)
    {
        if (request.Prompt.IsEmpty)
            return new(RefusalReason.Invalid, "The prompt has no tokens; at least 1 is needed.");
        if (request.MaxTokens < 1)
            return new(RefusalReason.Invalid, $"The request asks for at most {request.MaxTokens} tokens; at least 1 is needed.");
        foreach (var (name, tokens) in (ReadOnlySpan<(string, ReadOnlyMemory<int>)>)
            [("prompt", request.Prompt), ("completion so far", request.Generated), ("list of stop tokens", request.StopTokens)])
        {
            if (tokens.Span.ContainsAnyExceptInRange(0, _options.VocabularySize - 1))
                return new(RefusalReason.Invalid, $"The {name} has a token id outside the vocabulary (0 to {_options.VocabularySize - 1}).");
        }

        foreach (ref readonly var bias in request.Biases.Span)
        {
            if ((uint)bias.Token >= (uint)_options.VocabularySize || !float.IsFinite(bias.Bias))
                return new(RefusalReason.Invalid, $"A bias is not finite, or of a token id outside the vocabulary (0 to {_options.VocabularySize - 1}).");
        }

        return null;
    }

    /// <summary>Can never run here.</summary>
    private Refusal? Misfit(SequenceRequest request)
    {
        var length = (long)request.Prompt.Length + request.MaxTokens;
        if (length > _options.MaxContext)
        {
            return new(
                RefusalReason.TooLong,
                $"{request.Prompt.Length} prompt tokens and {request.MaxTokens} completion tokens exceed the context of {_options.MaxContext} tokens.");
        }

        if (length <= LongestSequence)
            return null;
        var need = _blocks.Fit.Need((int)length);
        var total = _options.Blocks;
        return new(
            RefusalReason.TooLong,
            $"A sequence of {length} tokens needs {need.Global} global and {need.Sliding} sliding KV blocks, but the pools have {total.Global} and {total.Sliding}; "
            + $"the longest sequence here has {LongestSequence} tokens.");
    }

    /// <summary>Cannot be taken now. A stream that has tokens is taken however many wait: it was accepted once, and its client is reading it.</summary>
    private Refusal? Crowding(SequenceRequest request, DateTimeOffset now)
    {
        if (_live.ContainsKey(request.RequestId))
            return new(RefusalReason.Duplicate, "A sequence with this request id is live already.");
        return request.Generated.IsEmpty ? _queue.Refuse(request, now) : null;
    }
}

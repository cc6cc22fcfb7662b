using System.Runtime.InteropServices;
using Baichuan.Model;
using Baichuan.Scheduling.Blocks;
using Baichuan.Scheduling.Prefix;

namespace Baichuan.Scheduling;

/// <summary>
/// An accepted request in the engine: its tokens, how far they are computed, and what it holds. Its token list is the log from which it is
/// replayed after a failure. Changed by its <see cref="Scheduler"/> only, on that one's thread.
/// </summary>
public sealed class Sequence
{
    private readonly List<int> _tokens;
    private readonly BlockTable _global = new();
    private readonly BlockTable _sliding = new();
    private int _announced;

    /// <param name="chain">Names its blocks; null where nothing is cached.</param>
    internal Sequence(SequenceRequest request, long arrival, PrefixChain? chain)
    {
        Request = request;
        Arrival = arrival;
        Class = request.Class;
        Chain = chain;
        _tokens = new List<int>(request.Prompt.Length + request.Generated.Length + 1);
        _tokens.AddRange(request.Prompt.Span);
        _tokens.AddRange(request.Generated.Span);
        StandsStill = !request.Generated.IsEmpty;
    }

    public SequenceRequest Request { get; }

    public string RequestId => Request.RequestId;

    public SequenceState State { get; private set; }

    /// <summary>Why it ended; null while it lives.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Prompt and completion. Valid until the scheduler is called again.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Tokens that are known.</summary>
    public int Length => _tokens.Count;

    public int PromptLength => Request.Prompt.Length;

    /// <summary>Tokens after the prompt. A stop token is one of them, although it is no part of the text: it was computed.</summary>
    public int CompletionTokens => Length - PromptLength;

    /// <summary>Most tokens, prompt and completion together; never above the context.</summary>
    public int MaxLength => PromptLength + Request.MaxTokens;

    /// <summary>Tokens of the prompt that were cached when it was first admitted.</summary>
    public int CachedTokens { get; private set; }

    /// <summary>Number of the request in the order of acceptance: in its class, the smaller, the more urgent.</summary>
    internal long Arrival { get; }

    /// <summary>The class that it asked for, or a higher one that it was promoted to.</summary>
    internal RequestClass Class { get; private set; }

    internal PrefixChain? Chain { get; }

    /// <summary>How often it was admitted in its life.</summary>
    internal int Admissions { get; private set; }

    /// <summary>Its first blocks that were offered to the index in this admission, or came from there.</summary>
    internal int IndexedBlocks { get; set; }

    /// <summary>The step that has its latest rows, in this admission; null: none has.</summary>
    internal ulong? LatestStep { get; private set; }

    /// <summary>Its last token is known, or is being sampled and may be used ahead, and its row waits for a step.</summary>
    internal bool IsReady { get; set; }

    /// <summary>Its next row is of a cached position and runs as a query only.</summary>
    internal bool Replays { get; private set; }

    /// <summary>Somebody was reading it when its shards or its replica were lost, and waits until its tokens are computed again.</summary>
    internal bool StandsStill { get; private set; }

    /// <summary>Its number in the executors while it runs.</summary>
    internal int Number { get; private set; }

    /// <summary>t: the next position to be put into a step. Rows below it are computed or in flight; shards run steps in order, so nothing here
    /// needs to tell these two apart.</summary>
    internal int NextPosition { get; private set; }

    /// <summary>Known tokens whose rows are in no step yet. 1: the sequence decodes; 0: its next token is being sampled; -n: that token's row is in a step too, and
    /// those of n - 1 after it, and one more is being sampled.</summary>
    internal int PendingRows => Length - NextPosition;

    internal BlockTable Blocks(LayerKind kind) => kind == LayerKind.Global ? _global : _sliding;

    /// <summary>Enters the running set; the admission tells executors every token known so far.</summary>
    internal void Start(int number, PrefixHit hit)
    {
        State = SequenceState.Running;
        Number = number;
        NextPosition = hit.Resume;
        Replays = hit.Blocks > 0;
        IndexedBlocks = hit.Blocks;
        LatestStep = null;
        _announced = Length;
        if (Admissions++ == 0)
            CachedTokens = Math.Min(hit.Positions, PromptLength);
    }

    /// <summary>It was passed over for long enough: from now on, only older emergencies go before it.</summary>
    internal void Promote() => Class = RequestClass.Emergency;

    /// <summary>The tokens that executors have not been told yet; from now on they have.</summary>
    internal ReadOnlySpan<int> Announce()
    {
        var news = Tokens[_announced..];
        _announced = Length;
        return news;
    }

    /// <summary>Executors take the token that is being sampled by themselves.</summary>
    internal ReadOnlySpan<int> AnnounceSampled()
    {
        _announced = NextPosition + 1;
        return [];
    }

    /// <summary>Rows of the next positions are in a step.</summary>
    internal void Advance(int rows, ulong step)
    {
        NextPosition += rows;
        Replays = false;
        IsReady = false;
        LatestStep = step;
        StandsStill &= PendingRows > 0;
    }

    internal void Append(int token) => _tokens.Add(token);

    /// <summary>Why the tokens that are there end the sequence, or null. A stop token wins over the length.</summary>
    internal FinishReason? Ending()
    {
        if (CompletionTokens > 0 && Request.StopTokens.Span.Contains(_tokens[^1]))
            return FinishReason.Stop;
        return Length >= MaxLength ? FinishReason.Length : null;
    }

    /// <summary>What was computed of it is lost with its shards.</summary>
    internal void Strand()
    {
        StandsStill = CompletionTokens > 0;
        Suspend();
    }

    /// <summary>Leaves the running set with its tokens kept: whatever was computed is gone, as far as it is not cached.</summary>
    internal void Suspend()
    {
        State = SequenceState.Waiting;
        IsReady = false;
        _global.Clear();
        _sliding.Clear();
    }

    internal void End(FinishReason reason)
    {
        State = SequenceState.Finished;
        Finish = reason;
    }
}

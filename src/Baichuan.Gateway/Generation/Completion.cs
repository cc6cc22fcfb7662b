using System.Runtime.InteropServices;
using System.Text;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.Model.Text;
using Baichuan.V1;

namespace Baichuan.Gateway.Generation;

/// <summary>
/// A completion on its way to the client: tokens in; text, and the tokens that go with it, out. Its state follows from the tokens alone, however they were
/// split, so it does not change when a stream goes on at another replica. One that is resumed is the same, but that what its client has is not let out again. One caller at a time.
/// </summary>
internal sealed class Completion
{
    private readonly GenerationRequest _request;
    private readonly TextTokenizer _tokenizer;
    private readonly StreamingDecoder _decoder;
    private readonly StopStringScanner _scanner;
    private readonly int _resumeAt; // tokens that the client has
    private readonly Queue<ReceivedToken> _held = new(); // not sent yet, the oldest first
    private readonly StringBuilder _text = new(); // to be sent with the next event
    private ReceivedToken[]? _prompt; // not sent yet
    private string _lastText = ""; // of the last event
    private int _textLength; // of all events
    private int _released; // tokens of the queue that go with it

    public Completion(GenerationRequest request, TextTokenizer tokenizer)
    {
        (_request, _tokenizer) = (request, tokenizer);
        _decoder = new StreamingDecoder(tokenizer, skipSpecial: true);
        _scanner = new StopStringScanner(request.StopStrings);
        if (request.Resume is not [var resume])
            return;
        _resumeAt = resume.Next;
        foreach (var token in resume.Received)
        {
            if (Reason is null) // a token after the end is none of ours
                Push(new ReceivedToken(token, 0, []));
        }
    }

    /// <summary>Every token so far, sent or not: what a replica needs to go on.</summary>
    public List<int> Received { get; } = [];

    /// <summary>Tokens that are out: what the client pays for.</summary>
    public int Sent { get; private set; }

    /// <summary>Prompt tokens that came from the prefix cache when the request first ran.</summary>
    public int CachedTokens { get; private set; }

    /// <summary>Null while it goes on.</summary>
    public FinishReason? Reason { get; private set; }

    /// <summary>Takes what a replica sent. What comes after the end is dropped.</summary>
    public void Push(StreamNews news)
    {
        if (Received.Count == 0)
            (CachedTokens, _prompt) = (news.CachedTokens, _resumeAt == 0 ? news.Prompt : null);
        foreach (var token in news.Tokens)
        {
            if (Reason is not null)
                return;
            Push(token);
        }

        if (Reason is null && news.End != StreamEnd.None)
            End(ReasonOf(news.End));
    }

    /// <summary>Ends the completion. A finished text is let out whole; one that is broken off stays as the client has it, to be resumed.</summary>
    public void End(FinishReason reason)
    {
        Reason = reason;
        if (reason is FinishReason.Stop or FinishReason.Length)
            Take(_scanner.Flush(_decoder.Flush()));
    }

    /// <summary>How likely the prompt's tokens are, once, when that is known.</summary>
    public PromptLogprobs? TakePrompt()
    {
        if (_prompt is not { } prompt)
            return null;
        _prompt = null;
        var logprobs = new PromptLogprobs();
        foreach (var token in prompt)
        {
            logprobs.TokenIds.Add(token.Id);
            logprobs.Logprobs.Add(ToLogprobs(token));
        }

        return logprobs;
    }

    /// <summary>What can be sent now; null if that is nothing.</summary>
    public GeneratedTokens? TakeReleased()
    {
        if (Sent < _resumeAt)
            Skip();
        if (_released == 0 && _text.Length == 0)
            return null;
        var tokens = new GeneratedTokens { SequenceNumber = Sent, Text = _text.ToString() };
        for (; _released > 0; _released--, Sent++)
        {
            var token = _held.Dequeue();
            tokens.TokenIds.Add(token.Id);
            if (_request.Sampling.TopLogprobs >= 0)
                tokens.Logprobs.Add(ToLogprobs(token));
        }

        _text.Clear();
        _lastText = tokens.Text;
        _textLength += tokens.Text.Length;
        return tokens;
    }

    /// <summary>The tokens of what the client has: those that were sent, and where a stop string began inside a token, tokens for the text before it.</summary>
    public int[] Kept()
    {
        var sent = CollectionsMarshal.AsSpan(Received)[..Sent];
        var rest = _textLength - _tokenizer.Decode(sent, skipSpecial: true).Length;
        return rest > 0 && Reason == FinishReason.Stop ? [.. sent, .. _tokenizer.Encode(_lastText.AsSpan(_lastText.Length - rest), parseSpecial: false)] : [.. sent];
    }

    /// <summary>Drops what the client has: tokens were let out with their whole text, so its text is theirs.</summary>
    private void Skip()
    {
        var tokens = Math.Min(_released, _resumeAt - Sent);
        for (var i = 0; i < tokens; i++)
            _held.Dequeue();
        (Sent, _released) = (Sent + tokens, _released - tokens);
        var had = Sent < _resumeAt
            ? _text.Length
            : Math.Min(_text.Length, _tokenizer.Decode(CollectionsMarshal.AsSpan(Received)[..Sent], skipSpecial: true).Length - _textLength);
        _text.Remove(0, had);
        _textLength += had;
    }

    private void Push(ReceivedToken token)
    {
        Received.Add(token.Id);
        if (_request.StopTokens.Contains(token.Id))
        {
            End(FinishReason.Stop);
            return;
        }

        _held.Enqueue(token);
        Take(_scanner.Push(_decoder.Push(token.Id), _decoder.HoldsBytes));
        if (Reason is null && Received.Count == _request.MaxTokens)
            End(FinishReason.Length);
    }

    private void Take(StopScan scan)
    {
        _text.Append(scan.Text);
        _released += scan.Tokens;
        if (scan.Match is not null)
            Reason = FinishReason.Stop;
    }

    private static TokenLogprobs ToLogprobs(ReceivedToken token)
    {
        var logprobs = new TokenLogprobs { Logprob = token.Logprob };
        foreach (var top in token.Top)
            logprobs.Top.Add(new TopLogprob { TokenId = top.Token, Logprob = top.Logprob });
        return logprobs;
    }

    private static FinishReason ReasonOf(StreamEnd end) => end switch
    {
        StreamEnd.Stop => FinishReason.Stop,
        StreamEnd.Length => FinishReason.Length,
        StreamEnd.Cancelled => FinishReason.Cancelled,
        StreamEnd.Deadline => FinishReason.Deadline,
        _ => FinishReason.Error,
    };
}

using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Telemetry;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Replica;

/// <summary>What a replica has for one gateway of one request: every token since it was submitted here, kept until the stream is over, so that
/// nothing that a reply lost is lost.</summary>
internal sealed class OpenStream
{
    private readonly int _firstIndex;
    private readonly List<StreamToken> _tokens = [];
    private readonly List<StreamToken> _prompt = []; // the prompt's tokens from the second on, where they were asked for
    private readonly List<TokenLogprob> _tops = [];
    private int _sent;
    private bool _endSent;

    /// <param name="firstIndex">Completion index of the first token here: how many the gateway had when it submitted.</param>
    public OpenStream(ulong id, string gateway, string requestId, string client, int firstIndex)
    {
        Client = client;
        Id = id;
        Gateway = gateway;
        RequestId = requestId;
        _firstIndex = _sent = firstIndex;
    }

    public ulong Id { get; }

    public string Gateway { get; }

    public string RequestId { get; }

    /// <summary>The client's request, whichever gateway it came through.</summary>
    public string Client { get; }

    public StreamEnd End { get; private set; }

    /// <summary>Prompt tokens that came from the prefix cache.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Null: nobody measures it.</summary>
    public RequestPhases? Phases { get; init; }

    /// <summary>The gateway has been told everything, the end included.</summary>
    public bool IsDelivered => _endSent;

    /// <summary>Somebody waits for the first token, or for nothing more.</summary>
    public bool IsUrgent => _tokens.Count == 1 || End != StreamEnd.None;

    /// <summary>It has a token, of here or of before it was submitted here.</summary>
    public bool HasBegun => Length > 0;

    private int Length => _firstIndex + _tokens.Count;

    public bool HasNews => _sent < Length || (End != StreamEnd.None && !_endSent);

    public void Append(in SampledToken token, ReadOnlySpan<TokenLogprob> topLogprobs) => Append(_tokens, token, topLogprobs);

    /// <summary>A prompt that runs again, in a new epoch or after it gave way, says the same of its tokens again: once is enough.</summary>
    public void AppendPrompt(in SampledToken token, ReadOnlySpan<TokenLogprob> topLogprobs)
    {
        if (token.Position == _prompt.Count + 1)
            Append(_prompt, token, topLogprobs);
    }

    /// <summary>The first end counts.</summary>
    public void Finish(StreamEnd end)
    {
        if (End == StreamEnd.None)
            End = end;
    }

    /// <summary>The gateway asks from here on: what lies after that, and the end, is news again.</summary>
    public void Rewind(long next)
    {
        _sent = (int)Math.Clamp(next, _firstIndex, Length);
        _endSent = false;
    }

    /// <summary>Writes everything that is new.</summary>
    public void WriteNews(StreamUpdatesBuilder updates)
    {
        updates.Begin(Id, _sent, End, CachedTokens);
        if (_sent == 0 && Length > 0)
        {
            foreach (var token in _prompt)
                updates.AddPromptToken(token.Token, token.Logprob, TopsOf(token));
        }

        for (; _sent < Length; _sent++)
        {
            var token = _tokens[_sent - _firstIndex];
            updates.AddToken(token.Token, token.Logprob, TopsOf(token));
        }

        _endSent = End != StreamEnd.None;
    }

    private ReadOnlySpan<TokenLogprob> TopsOf(in StreamToken token) => CollectionsMarshal.AsSpan(_tops).Slice(token.TopOffset, token.TopCount);

    private void Append(List<StreamToken> tokens, in SampledToken token, ReadOnlySpan<TokenLogprob> topLogprobs)
    {
        tokens.Add(new StreamToken { Token = token.Token, Logprob = token.Logprob, TopOffset = _tops.Count, TopCount = topLogprobs.Length });
        _tops.AddRange(topLogprobs);
    }
}

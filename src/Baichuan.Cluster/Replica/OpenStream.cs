using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Replica;

/// <summary>What a replica has for one gateway of one request: every token since it was submitted here, kept until the stream is over, so that
/// nothing that a reply lost is lost.</summary>
internal sealed class OpenStream(ulong id, string gateway, string requestId, int firstIndex)
{
    private readonly List<StreamToken> _tokens = [];
    private readonly List<TokenLogprob> _tops = [];
    private int _sent = firstIndex;
    private bool _endSent;

    public ulong Id => id;

    public string Gateway => gateway;

    public string RequestId => requestId;

    public StreamEnd End { get; private set; }

    /// <summary>The gateway has been told everything, the end included.</summary>
    public bool IsDelivered => _endSent;

    private int Length => firstIndex + _tokens.Count;

    public bool HasNews => _sent < Length || (End != StreamEnd.None && !_endSent);

    public void Append(in SampledToken token, ReadOnlySpan<TokenLogprob> topLogprobs)
    {
        _tokens.Add(new StreamToken { Token = token.Token, Logprob = token.Logprob, TopOffset = _tops.Count, TopCount = topLogprobs.Length });
        _tops.AddRange(topLogprobs);
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
        _sent = (int)Math.Clamp(next, firstIndex, Length);
        _endSent = false;
    }

    /// <summary>Writes everything that is new.</summary>
    public void WriteNews(StreamUpdatesBuilder updates)
    {
        updates.Begin(id, _sent, End);
        for (; _sent < Length; _sent++)
        {
            var token = _tokens[_sent - firstIndex];
            updates.AddToken(token.Token, token.Logprob, CollectionsMarshal.AsSpan(_tops).Slice(token.TopOffset, token.TopCount));
        }

        _endSent = End != StreamEnd.None;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>Collects a gateway's updates and writes them as one frame. Reused; not thread-safe.</summary>
public sealed class StreamUpdatesBuilder
{
    private readonly List<StreamUpdate> _updates = [];
    private readonly List<StreamToken> _tokens = [];
    private readonly List<TokenLogprob> _tops = [];

    public bool IsEmpty => _updates.Count == 0;

    /// <summary>Starts the update of a stream; its tokens follow by <see cref="AddToken"/>.</summary>
    public void Begin(ulong stream, int firstIndex, StreamEnd end, int cachedTokens = 0) =>
        _updates.Add(new StreamUpdate { Stream = stream, FirstIndex = firstIndex, TokenOffset = _tokens.Count, End = end, CachedTokens = cachedTokens });

    public void AddToken(int token, float logprob, ReadOnlySpan<TokenLogprob> topLogprobs)
    {
        CollectionsMarshal.AsSpan(_updates)[^1].TokenCount++;
        Add(token, logprob, topLogprobs);
    }

    /// <summary>Adds a token of the prompt; before those of the completion.</summary>
    public void AddPromptToken(int token, float logprob, ReadOnlySpan<TokenLogprob> topLogprobs)
    {
        ref var update = ref CollectionsMarshal.AsSpan(_updates)[^1];
        update.PromptCount++;
        update.TokenOffset++;
        Add(token, logprob, topLogprobs);
    }

    private void Add(int token, float logprob, ReadOnlySpan<TokenLogprob> topLogprobs)
    {
        _tokens.Add(new StreamToken { Token = token, Logprob = logprob, TopOffset = _tops.Count, TopCount = topLogprobs.Length });
        _tops.AddRange(topLogprobs);
    }

    /// <summary>Writes the frame and empties the builder.</summary>
    public StreamUpdates Build(ulong epoch)
    {
        var header = new StreamUpdatesHeader
        {
            Magic = StreamUpdatesHeader.ExpectedMagic,
            Epoch = epoch,
            Updates = _updates.Count,
            Tokens = _tokens.Count,
            TopLogprobs = _tops.Count,
        };
        var frame = new byte[checked((int)StreamUpdates.SizeOf(header))];
        MemoryMarshal.Write(frame, header);
        var offset = Unsafe.SizeOf<StreamUpdatesHeader>();
        offset = FrameSections.Write<StreamUpdate>(frame, offset, CollectionsMarshal.AsSpan(_updates));
        offset = FrameSections.Write<StreamToken>(frame, offset, CollectionsMarshal.AsSpan(_tokens));
        FrameSections.Write<TokenLogprob>(frame, offset, CollectionsMarshal.AsSpan(_tops));
        _updates.Clear();
        _tokens.Clear();
        _tops.Clear();
        return StreamUpdates.Parse(frame);
    }
}

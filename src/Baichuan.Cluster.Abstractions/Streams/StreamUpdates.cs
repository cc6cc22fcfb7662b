using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>All that is new for one gateway at one replica, as a flat little-endian byte frame with typed views.</summary>
public sealed class StreamUpdates
{
    private readonly ReadOnlyMemory<byte> _frame;

    private StreamUpdates(ReadOnlyMemory<byte> frame) => _frame = frame;

    public ReadOnlyMemory<byte> Frame => _frame;

    /// <summary>The replica's epoch; a gateway takes nothing from an epoch below one that it has seen.</summary>
    public ulong Epoch => Header.Epoch;

    public ReadOnlySpan<StreamUpdate> Updates => Sections().Next<StreamUpdate>(Header.Updates);

    private ref readonly StreamUpdatesHeader Header => ref MemoryMarshal.AsRef<StreamUpdatesHeader>(_frame.Span);

    public ReadOnlySpan<StreamToken> Tokens(in StreamUpdate update)
    {
        var sections = Sections();
        sections.Next<StreamUpdate>(Header.Updates);
        return sections.Next<StreamToken>(Header.Tokens).Slice(update.TokenOffset, update.TokenCount);
    }

    /// <summary>They stand before the update's own tokens.</summary>
    public ReadOnlySpan<StreamToken> PromptTokens(in StreamUpdate update)
    {
        var sections = Sections();
        sections.Next<StreamUpdate>(Header.Updates);
        return sections.Next<StreamToken>(Header.Tokens).Slice(update.TokenOffset - update.PromptCount, update.PromptCount);
    }

    public ReadOnlySpan<TokenLogprob> TopLogprobs(in StreamToken token)
    {
        var sections = Sections();
        sections.Next<StreamUpdate>(Header.Updates);
        sections.Next<StreamToken>(Header.Tokens);
        return sections.Next<TokenLogprob>(Header.TopLogprobs).Slice(token.TopOffset, token.TopCount);
    }

    /// <summary>Wraps a received frame after checking its sections and the offsets in them.</summary>
    /// <exception cref="FrameException">They do not fit.</exception>
    public static StreamUpdates Parse(ReadOnlyMemory<byte> frame)
    {
        if (frame.Length < Unsafe.SizeOf<StreamUpdatesHeader>())
            throw new FrameException($"Stream updates of {frame.Length} bytes are shorter than their header of {Unsafe.SizeOf<StreamUpdatesHeader>()}.");
        var updates = new StreamUpdates(frame);
        ref readonly var header = ref updates.Header;
        if (header.Magic != StreamUpdatesHeader.ExpectedMagic)
            throw new FrameException($"Stream updates start with {header.Magic:x8} instead of {StreamUpdatesHeader.ExpectedMagic:x8}.");
        foreach (var count in (ReadOnlySpan<int>)[header.Updates, header.Tokens, header.TopLogprobs])
        {
            if (count < 0 || count > frame.Length / sizeof(int))
                throw new FrameException($"Stream updates of {frame.Length} bytes state a section of {count} elements.");
        }

        if (SizeOf(header) != frame.Length)
            throw new FrameException($"Stream updates of {frame.Length} bytes state sections of {SizeOf(header)} bytes.");
        foreach (ref readonly var update in updates.Updates)
        {
            Check(update.TokenOffset, update.TokenCount, header.Tokens);
            Check(update.TokenOffset - update.PromptCount, update.PromptCount, header.Tokens);
            foreach (ref readonly var token in updates.Tokens(update))
                Check(token.TopOffset, token.TopCount, header.TopLogprobs);
            foreach (ref readonly var token in updates.PromptTokens(update))
                Check(token.TopOffset, token.TopCount, header.TopLogprobs);
        }

        return updates;
    }

    internal static long SizeOf(in StreamUpdatesHeader header) =>
        Unsafe.SizeOf<StreamUpdatesHeader>()
        + (long)FrameSections.SizeOf<StreamUpdate>(header.Updates)
        + FrameSections.SizeOf<StreamToken>(header.Tokens)
        + FrameSections.SizeOf<TokenLogprob>(header.TopLogprobs);

    private static void Check(int offset, int count, int limit)
    {
        if (offset < 0 || count < 0 || (long)offset + count > limit)
            throw new FrameException($"Stream updates refer to elements {offset} to {(long)offset + count} of a section of {limit}.");
    }

    private FrameSections Sections() => new(_frame.Span, Unsafe.SizeOf<StreamUpdatesHeader>());
}

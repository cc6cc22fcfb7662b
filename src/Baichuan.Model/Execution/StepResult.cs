using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>
/// What a shard answers to a step, as a flat little-endian byte frame with typed views. Rank 0 of the last stage brings tokens and logits; every
/// other shard brings its times only.
/// </summary>
public sealed class StepResult
{
    private readonly ReadOnlyMemory<byte> _frame;

    private StepResult(ReadOnlyMemory<byte> frame) => _frame = frame;

    public ReadOnlyMemory<byte> Frame => _frame;

    public ulong Epoch => Header.Epoch;

    public ulong Step => Header.Step;

    /// <summary>Time that the shard computed.</summary>
    public TimeSpan ComputeTime => TimeSpan.FromMicroseconds(Header.ComputeMicroseconds);

    /// <summary>Time that it waited for peers.</summary>
    public TimeSpan WaitTime => TimeSpan.FromMicroseconds(Header.WaitMicroseconds);

    public ReadOnlySpan<SampledToken> Sampled => Sections().Next<SampledToken>(Header.Sampled);

    /// <summary>Known tokens whose probability was asked for, each at its own position.</summary>
    public ReadOnlySpan<SampledToken> Scored
    {
        get
        {
            var sections = Sections();
            sections.Next<SampledToken>(Header.Sampled);
            sections.Next<TokenLogprob>(Header.TopLogprobs);
            sections.Next<RowLogits>(Header.LogitRows);
            sections.Next<float>(Header.LogitRows * Header.VocabularySize);
            return sections.Next<SampledToken>(Header.Scored);
        }
    }

    /// <summary>The rows whose logits were asked for, in batch order.</summary>
    public ReadOnlySpan<RowLogits> LogitRows
    {
        get
        {
            var sections = Sections();
            sections.Next<SampledToken>(Header.Sampled);
            sections.Next<TokenLogprob>(Header.TopLogprobs);
            return sections.Next<RowLogits>(Header.LogitRows);
        }
    }

    private ref readonly StepResultHeader Header => ref MemoryMarshal.AsRef<StepResultHeader>(_frame.Span);

    /// <summary>The likeliest tokens beside a sampled or scored one.</summary>
    public ReadOnlySpan<TokenLogprob> TopLogprobs(in SampledToken token)
    {
        var sections = Sections();
        sections.Next<SampledToken>(Header.Sampled);
        return sections.Next<TokenLogprob>(Header.TopLogprobs).Slice(token.TopOffset, token.TopCount);
    }

    /// <summary>The logits of row <paramref name="index"/> of <see cref="LogitRows"/>: [vocabulary].</summary>
    public ReadOnlySpan<float> Logits(int index)
    {
        var sections = Sections();
        sections.Next<SampledToken>(Header.Sampled);
        sections.Next<TokenLogprob>(Header.TopLogprobs);
        sections.Next<RowLogits>(Header.LogitRows);
        return sections.Next<float>(Header.LogitRows * Header.VocabularySize).Slice(index * Header.VocabularySize, Header.VocabularySize);
    }

    /// <summary>Writes a result frame. <paramref name="logits"/> is [logitRows, vocabulary].</summary>
    public static StepResult Create(
        ulong epoch,
        ulong step,
        TimeSpan compute,
        TimeSpan wait,
        ReadOnlySpan<SampledToken> sampled = default,
        ReadOnlySpan<TokenLogprob> topLogprobs = default,
        ReadOnlySpan<RowLogits> logitRows = default,
        ReadOnlySpan<float> logits = default,
        ReadOnlySpan<SampledToken> scored = default)
    {
        var header = new StepResultHeader
        {
            Magic = StepResultHeader.ExpectedMagic,
            Sampled = sampled.Length,
            Epoch = epoch,
            Step = step,
            TopLogprobs = topLogprobs.Length,
            LogitRows = logitRows.Length,
            Scored = scored.Length,
            VocabularySize = logitRows.IsEmpty ? 0 : logits.Length / logitRows.Length,
            ComputeMicroseconds = (int)Math.Min(int.MaxValue, compute.TotalMicroseconds),
            WaitMicroseconds = (int)Math.Min(int.MaxValue, wait.TotalMicroseconds),
        };
        var frame = new byte[checked((int)SizeOf(header))];
        MemoryMarshal.Write(frame, header);
        var offset = Unsafe.SizeOf<StepResultHeader>();
        offset = FrameSections.Write(frame, offset, sampled);
        offset = FrameSections.Write(frame, offset, topLogprobs);
        offset = FrameSections.Write(frame, offset, logitRows);
        offset = FrameSections.Write(frame, offset, logits);
        FrameSections.Write(frame, offset, scored);
        return Parse(frame);
    }

    /// <summary>Wraps a received frame after checking that its sections lie inside it and its offsets inside their sections.</summary>
    /// <exception cref="FrameException">They do not.</exception>
    public static StepResult Parse(ReadOnlyMemory<byte> frame)
    {
        if (frame.Length < Unsafe.SizeOf<StepResultHeader>())
            throw new FrameException($"A step result of {frame.Length} bytes is shorter than its header of {Unsafe.SizeOf<StepResultHeader>()}.");
        var result = new StepResult(frame);
        ref readonly var header = ref result.Header;
        if (header.Magic != StepResultHeader.ExpectedMagic)
            throw new FrameException($"A step result starts with {header.Magic:x8} instead of {StepResultHeader.ExpectedMagic:x8}.");
        foreach (var count in (ReadOnlySpan<int>)[header.Sampled, header.TopLogprobs, header.LogitRows, header.VocabularySize, header.Scored])
        {
            if (count < 0 || count > frame.Length)
                throw new FrameException($"A step result of {frame.Length} bytes states a section of {count} elements.");
        }

        if (SizeOf(header) != frame.Length)
            throw new FrameException($"A step result of {frame.Length} bytes states sections of {SizeOf(header)} bytes.");
        CheckTops(result.Sampled, header.TopLogprobs);
        CheckTops(result.Scored, header.TopLogprobs);
        return result;
    }

    private static void CheckTops(ReadOnlySpan<SampledToken> tokens, int topLogprobs)
    {
        foreach (ref readonly var token in tokens)
        {
            if (token.TopOffset < 0 || token.TopCount < 0 || (long)token.TopOffset + token.TopCount > topLogprobs)
                throw new FrameException($"A step result refers to log-probabilities outside its {topLogprobs}.");
        }
    }

    private static long SizeOf(in StepResultHeader header) =>
        Unsafe.SizeOf<StepResultHeader>()
        + FrameSections.SizeOf<SampledToken>(header.Sampled)
        + FrameSections.SizeOf<TokenLogprob>(header.TopLogprobs)
        + FrameSections.SizeOf<RowLogits>(header.LogitRows)
        + (((long)header.LogitRows * header.VocabularySize * sizeof(float) + 7) & ~7L)
        + FrameSections.SizeOf<SampledToken>(header.Scored);

    private FrameSections Sections() => new(_frame.Span, Unsafe.SizeOf<StepResultHeader>());
}

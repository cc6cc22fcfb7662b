using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>
/// One step's orders to the shards of a replica, as a flat little-endian byte frame with typed views. Written by the scheduler through
/// <see cref="StepBatchBuilder"/>, carried unchanged, read by executors. Order of effect: releases, admissions, block changes, restored blocks, zeroed blocks,
/// then the chunks. Each chunk's rows stand one after the other in batch order. In every layer, all rows write their keys and values before any row
/// reads: a chunk may see blocks that another chunk of the same step writes.
/// </summary>
public sealed class StepBatch
{
    /// <summary>Changes whenever shards of two versions would not understand each other's frames. Part of a profile.</summary>
    public const int FormatVersion = 5;

    private readonly ReadOnlyMemory<byte> _frame;

    private StepBatch(ReadOnlyMemory<byte> frame) => _frame = frame;

    /// <summary>The frame itself, to be sent.</summary>
    public ReadOnlyMemory<byte> Frame => _frame;

    public ulong Epoch => Header.Epoch;

    /// <summary>Number of the step in its epoch, from 0 without gaps.</summary>
    public ulong Step => Header.Step;

    /// <summary>Rows of all chunks.</summary>
    public int Rows => Header.Rows;

    /// <summary>Sequence numbers whose state is dropped.</summary>
    public ReadOnlySpan<int> Releases => Sections().Next<int>(Header.Releases);

    public ReadOnlySpan<Admission> Admissions
    {
        get
        {
            var sections = Sections();
            sections.Next<int>(Header.Releases);
            return sections.Next<Admission>(Header.Admissions);
        }
    }

    public ReadOnlySpan<BlockChange> BlockChanges
    {
        get
        {
            var sections = Sections();
            sections.Next<int>(Header.Releases);
            sections.Next<Admission>(Header.Admissions);
            return sections.Next<BlockChange>(Header.BlockChanges);
        }
    }

    public ReadOnlySpan<Chunk> Chunks
    {
        get
        {
            var sections = Sections();
            sections.Next<int>(Header.Releases);
            sections.Next<Admission>(Header.Admissions);
            sections.Next<BlockChange>(Header.BlockChanges);
            return sections.Next<Chunk>(Header.Chunks);
        }
    }

    /// <summary>Blocks of which every byte becomes 0 before the chunks: they come from another tenant, or nobody knows from whom.</summary>
    public ReadOnlySpan<KvBlock> ZeroedBlocks
    {
        get
        {
            AfterChunks(out var zeroed);
            return zeroed;
        }
    }

    /// <summary>Blocks that <see cref="LostShards"/> do not have: each takes its own, and the copy that it keeps for its partner, from that.</summary>
    public ReadOnlySpan<KvBlock> RestoredBlocks => AfterTokens(out _).Next<KvBlock>(Header.RestoredBlocks);

    /// <summary>The shards, by index, that have <see cref="RestoredBlocks"/> restored.</summary>
    public ReadOnlySpan<int> LostShards
    {
        get
        {
            var sections = AfterTokens(out _);
            sections.Next<KvBlock>(Header.RestoredBlocks);
            return sections.Next<int>(Header.LostShards);
        }
    }

    /// <summary>Blocks that change their names by this step, in order: a later one of the same block counts.</summary>
    public ReadOnlySpan<NamedBlock> NamedBlocks
    {
        get
        {
            var sections = AfterTokens(out _);
            sections.Next<KvBlock>(Header.RestoredBlocks);
            sections.Next<int>(Header.LostShards);
            return sections.Next<NamedBlock>(Header.NamedBlocks);
        }
    }

    /// <summary>The token list that an admission brings.</summary>
    public ReadOnlySpan<int> AdmittedTokens(in Admission admission) => Tokens().Slice(admission.TokenOffset, admission.TokenCount);

    /// <summary>The tokens that end an admitted sequence.</summary>
    public ReadOnlySpan<int> StopTokens(in Admission admission) =>
        Tokens().Slice(Header.AdmittedTokens + admission.StopOffset, admission.StopCount);

    /// <summary>The biases of an admitted sequence's logits.</summary>
    public ReadOnlySpan<TokenBias> Biases(in Admission admission)
    {
        AfterTokens(out var biases);
        return biases.Slice(admission.BiasOffset, admission.BiasCount);
    }

    /// <summary>The tokens that a chunk appends to its sequence's list.</summary>
    public ReadOnlySpan<int> AppendedTokens(in Chunk chunk) =>
        Tokens().Slice(Header.AdmittedTokens + Header.StopTokens + chunk.AppendedOffset, chunk.AppendedCount);

    private ref readonly StepBatchHeader Header => ref MemoryMarshal.AsRef<StepBatchHeader>(_frame.Span);

    /// <summary>Wraps a received frame after checking that its sections lie inside it and its offsets inside their sections.</summary>
    /// <exception cref="FrameException">They do not.</exception>
    public static StepBatch Parse(ReadOnlyMemory<byte> frame)
    {
        if (frame.Length < Unsafe.SizeOf<StepBatchHeader>())
            throw new FrameException($"A step batch of {frame.Length} bytes is shorter than its header of {Unsafe.SizeOf<StepBatchHeader>()}.");
        var batch = new StepBatch(frame);
        ref readonly var header = ref batch.Header;
        if (header.Magic != StepBatchHeader.ExpectedMagic)
            throw new FrameException($"A step batch starts with {header.Magic:x8} instead of {StepBatchHeader.ExpectedMagic:x8}.");
        ReadOnlySpan<int> counts = [header.Releases, header.Admissions, header.AdmittedTokens, header.StopTokens, header.BlockChanges, header.Chunks, header.ZeroedBlocks, header.AppendedTokens, header.Biases, header.RestoredBlocks, header.LostShards, header.NamedBlocks];
        foreach (var count in counts)
        {
            if (count < 0 || count > frame.Length / sizeof(int))
                throw new FrameException($"A step batch of {frame.Length} bytes states a section of {count} elements.");
        }

        var expected = SizeOf(header);
        if (expected != frame.Length)
            throw new FrameException($"A step batch of {frame.Length} bytes states sections of {expected} bytes.");
        batch.CheckOffsets();
        return batch;
    }

    internal static long SizeOf(in StepBatchHeader header) =>
        Unsafe.SizeOf<StepBatchHeader>()
        + FrameSections.SizeOf<int>(header.Releases)
        + FrameSections.SizeOf<Admission>(header.Admissions)
        + FrameSections.SizeOf<BlockChange>(header.BlockChanges)
        + FrameSections.SizeOf<Chunk>(header.Chunks)
        + FrameSections.SizeOf<KvBlock>(header.ZeroedBlocks)
        + FrameSections.SizeOf<int>(header.AdmittedTokens + header.StopTokens + header.AppendedTokens)
        + FrameSections.SizeOf<TokenBias>(header.Biases)
        + FrameSections.SizeOf<KvBlock>(header.RestoredBlocks)
        + FrameSections.SizeOf<int>(header.LostShards)
        + FrameSections.SizeOf<NamedBlock>(header.NamedBlocks);

    private void CheckOffsets()
    {
        ref readonly var header = ref Header;
        long rows = 0;
        foreach (ref readonly var admission in Admissions)
        {
            Check(admission.TokenOffset, admission.TokenCount, header.AdmittedTokens);
            Check(admission.StopOffset, admission.StopCount, header.StopTokens);
            Check(admission.BiasOffset, admission.BiasCount, header.Biases);
        }

        foreach (ref readonly var chunk in Chunks)
        {
            Check(chunk.AppendedOffset, chunk.AppendedCount, header.AppendedTokens);
            if (chunk.Count < 1 || chunk.Start < 0)
                throw new FrameException($"A chunk states {chunk.Count} rows from position {chunk.Start}.");
            rows += chunk.Count;
        }

        if (rows != header.Rows)
            throw new FrameException($"A step batch states {header.Rows} rows, but its chunks have {rows}.");
    }

    private static void Check(int offset, int count, int limit)
    {
        if (offset < 0 || count < 0 || (long)offset + count > limit)
            throw new FrameException($"A step batch refers to elements {offset} to {(long)offset + count} of a section of {limit}.");
    }

    private ReadOnlySpan<int> Tokens()
    {
        var sections = AfterChunks(out _);
        return sections.Next<int>(Header.AdmittedTokens + Header.StopTokens + Header.AppendedTokens);
    }

    private FrameSections AfterChunks(out ReadOnlySpan<KvBlock> zeroed)
    {
        var sections = Sections();
        sections.Next<int>(Header.Releases);
        sections.Next<Admission>(Header.Admissions);
        sections.Next<BlockChange>(Header.BlockChanges);
        sections.Next<Chunk>(Header.Chunks);
        zeroed = sections.Next<KvBlock>(Header.ZeroedBlocks);
        return sections;
    }

    private FrameSections AfterTokens(out ReadOnlySpan<TokenBias> biases)
    {
        var sections = AfterChunks(out _);
        sections.Next<int>(Header.AdmittedTokens + Header.StopTokens + Header.AppendedTokens);
        biases = sections.Next<TokenBias>(Header.Biases);
        return sections;
    }

    private FrameSections Sections() => new(_frame.Span, Unsafe.SizeOf<StepBatchHeader>());
}

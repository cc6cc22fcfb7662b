using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>Collects one step's orders and writes them as a frame. Reused from step to step; not thread-safe.</summary>
public sealed class StepBatchBuilder
{
    private readonly List<int> _releases = [];
    private readonly List<Admission> _admissions = [];
    private readonly List<int> _admitted = [];
    private readonly List<int> _stops = [];
    private readonly List<TokenBias> _biases = [];
    private readonly List<BlockChange> _changes = [];
    private readonly List<Chunk> _chunks = [];
    private readonly List<KvBlock> _zeroed = [];
    private readonly List<KvBlock> _restored = [];
    private readonly List<NamedBlock> _named = [];
    private readonly List<int> _appended = [];

    /// <summary>Rows so far.</summary>
    public int Rows { get; private set; }

    public int ChunkCount => _chunks.Count;

    /// <summary>Blocks to be restored so far.</summary>
    public int Restored => _restored.Count;

    /// <summary>Blocks to be zeroed so far.</summary>
    public IReadOnlyList<KvBlock> Zeroed => _zeroed;

    /// <summary>True when the frame would order nothing at all.</summary>
    public bool IsEmpty => _chunks.Count == 0 && _releases.Count == 0 && _admissions.Count == 0 && _changes.Count == 0 && _zeroed.Count == 0 && _restored.Count == 0;

    public void Release(int sequence) => _releases.Add(sequence);

    public void Admit(
        int sequence,
        int promptLength,
        int maxLength,
        in SamplingSettings sampling,
        ReadOnlySpan<int> tokens,
        ReadOnlySpan<int> stopTokens,
        ReadOnlySpan<TokenBias> biases = default)
    {
        _admissions.Add(new Admission
        {
            Sequence = sequence,
            PromptLength = promptLength,
            MaxLength = maxLength,
            Sampling = sampling,
            TokenOffset = _admitted.Count,
            TokenCount = tokens.Length,
            StopOffset = _stops.Count,
            StopCount = stopTokens.Length,
            BiasOffset = _biases.Count,
            BiasCount = biases.Length,
        });
        _admitted.AddRange(tokens);
        _stops.AddRange(stopTokens);
        _biases.AddRange(biases);
    }

    public void Change(int sequence, LayerKind kind, int index, int block) =>
        _changes.Add(new BlockChange { Sequence = sequence, Kind = kind, Index = index, Block = block });

    public void Zero(LayerKind kind, int block) => _zeroed.Add(new KvBlock(kind, block));

    /// <param name="name">0: it has none any more.</param>
    public void Name(LayerKind kind, int block, UInt128 name) => _named.Add(new NamedBlock(kind, block, name));

    public void Restore(LayerKind kind, int block) => _restored.Add(new KvBlock(kind, block));

    public void Add(int sequence, int start, int count, ChunkFlags flags, ReadOnlySpan<int> appendedTokens)
    {
        _chunks.Add(new Chunk { Sequence = sequence, Start = start, Count = count, Flags = flags, AppendedOffset = _appended.Count, AppendedCount = appendedTokens.Length });
        _appended.AddRange(appendedTokens);
        Rows += count;
    }

    /// <summary>Writes the frame and empties the builder.</summary>
    /// <param name="lostShards">Whose blocks are restored; goes into the frame only where some are.</param>
    public StepBatch Build(ulong epoch, ulong step, ReadOnlySpan<int> lostShards = default)
    {
        if (_restored.Count == 0)
            lostShards = default;
        var header = new StepBatchHeader
        {
            Magic = StepBatchHeader.ExpectedMagic,
            Rows = Rows,
            Epoch = epoch,
            Step = step,
            Releases = _releases.Count,
            Admissions = _admissions.Count,
            AdmittedTokens = _admitted.Count,
            StopTokens = _stops.Count,
            BlockChanges = _changes.Count,
            Chunks = _chunks.Count,
            AppendedTokens = _appended.Count,
            ZeroedBlocks = _zeroed.Count,
            Biases = _biases.Count,
            RestoredBlocks = _restored.Count,
            LostShards = lostShards.Length,
            NamedBlocks = _named.Count,
        };
        var frame = new byte[checked((int)StepBatch.SizeOf(header))];
        MemoryMarshal.Write(frame, header);
        var offset = Unsafe.SizeOf<StepBatchHeader>();
        offset = FrameSections.Write<int>(frame, offset, CollectionsMarshal.AsSpan(_releases));
        offset = FrameSections.Write<Admission>(frame, offset, CollectionsMarshal.AsSpan(_admissions));
        offset = FrameSections.Write<BlockChange>(frame, offset, CollectionsMarshal.AsSpan(_changes));
        offset = FrameSections.Write<Chunk>(frame, offset, CollectionsMarshal.AsSpan(_chunks));
        offset = FrameSections.Write<KvBlock>(frame, offset, CollectionsMarshal.AsSpan(_zeroed));
        foreach (var tokens in (ReadOnlySpan<List<int>>)[_admitted, _stops, _appended])
        {
            MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(tokens)).CopyTo(frame.AsSpan(offset));
            offset += tokens.Count * sizeof(int);
        }

        offset = FrameSections.Write<TokenBias>(frame, (offset + 7) & ~7, CollectionsMarshal.AsSpan(_biases));
        offset = FrameSections.Write<KvBlock>(frame, offset, CollectionsMarshal.AsSpan(_restored));
        offset = FrameSections.Write(frame, offset, lostShards);
        FrameSections.Write<NamedBlock>(frame, offset, CollectionsMarshal.AsSpan(_named));
        Clear();
        return StepBatch.Parse(frame);
    }

    /// <summary>Forgets everything collected since the last <see cref="Build"/>.</summary>
    public void Clear()
    {
        _releases.Clear();
        _admissions.Clear();
        _admitted.Clear();
        _stops.Clear();
        _biases.Clear();
        _changes.Clear();
        _chunks.Clear();
        _zeroed.Clear();
        _restored.Clear();
        _named.Clear();
        _appended.Clear();
        Rows = 0;
    }
}

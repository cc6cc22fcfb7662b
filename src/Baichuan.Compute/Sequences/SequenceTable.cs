using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Sequences;

/// <summary>
/// The sequences of one shard: token lists and block tables, preallocated for every sequence number. Takes a batch's releases, admissions and block
/// changes, and checks everything that an executor will later trust, the blocks to be restored and zeroed included.
/// </summary>
internal sealed unsafe class SequenceTable
{
    private const int NoBlock = -1;

    private readonly ModelConfig _config;
    private readonly ExecutorOptions _options;
    private readonly LayerKind[] _kinds;
    private readonly SequenceState[] _sequences;
    private readonly int _tableLength;

    // [sequences, MaxContext]
    private readonly int* _tokens;

    // Sampled tokens on their way between ranks; every token id is a whole number that a float holds.
    private readonly float[] _shared;

    // By kind: [sequences, tableLength]
    private readonly int*[] _blocks;

    private ulong _step;

    public SequenceTable(NativeHeap heap, ModelConfig config, Shard shard, ExecutorOptions options)
    {
        _config = config;
        _options = options;
        _kinds = [.. Enum.GetValues<LayerKind>().Where(k => config.CountLayers(shard.Layers, k) > 0)];
        _sequences = [.. Enumerable.Range(0, options.MaxSequences).Select(_ => new SequenceState())];
        _shared = new float[options.MaxSequences];
        _tableLength = KvBlockCounts.For(options.MaxContext);
        _tokens = heap.Reserve<int>((long)options.MaxSequences * options.MaxContext);
        _blocks = new int*[2];
        foreach (var kind in Enum.GetValues<LayerKind>())
            _blocks[(int)kind] = heap.Reserve<int>((long)options.MaxSequences * _tableLength);
    }

    public SequenceState this[int sequence] => _sequences[sequence];

    /// <summary>The known tokens of a sequence.</summary>
    public ReadOnlySpan<int> Tokens(int sequence) => new(_tokens + ((nint)sequence * _options.MaxContext), _sequences[sequence].TokenCount);

    /// <summary>The block ids of a sequence by position / 16.</summary>
    public int* Blocks(int sequence, LayerKind kind) => _blocks[(int)kind] + ((nint)sequence * _tableLength);

    public void Clear()
    {
        foreach (var sequence in _sequences)
            sequence.Release();
    }

    /// <summary>Applies releases, admissions and block changes, in this order.</summary>
    /// <exception cref="StepBatchException">One of them cannot be.</exception>
    public void Apply(StepBatch batch)
    {
        _step++;
        foreach (var sequence in batch.Releases)
            Admitted(sequence).Release();
        foreach (ref readonly var admission in batch.Admissions)
            Admit(admission, batch.AdmittedTokens(admission), batch.StopTokens(admission), batch.Biases(admission));
        foreach (ref readonly var change in batch.BlockChanges)
            Change(change);
        foreach (var (kind, block) in batch.RestoredBlocks)
            CheckBlock("restores", kind, block);
        foreach (var (kind, block) in batch.ZeroedBlocks)
            CheckBlock("zeroes", kind, block);
        if (!batch.RestoredBlocks.IsEmpty && !_options.KvCopies)
            throw new StepBatchException("A step restores blocks from copies, but shards were loaded to keep none.");
    }

    /// <summary>Begins a step's chunks: appends their tokens and checks that their rows can run.</summary>
    /// <exception cref="StepBatchException">They cannot.</exception>
    public void Begin(StepBatch batch, StepRows rows, IShardPeers peers)
    {
        ShareSampled(batch, peers);
        foreach (ref readonly var chunk in batch.Chunks)
        {
            Begin(chunk, batch.AppendedTokens(chunk));
            rows.Add(chunk);
        }
    }

    /// <summary>Rank 0 tells the other ranks the tokens that it sampled and this step takes.</summary>
    private void ShareSampled(StepBatch batch, IShardPeers peers)
    {
        var count = 0;
        foreach (ref readonly var chunk in batch.Chunks)
        {
            if (!chunk.Flags.HasFlag(ChunkFlags.TakesSampled))
                continue;
            if (count == _shared.Length)
                throw new StepBatchException($"A step takes more sampled tokens than there are sequences: MaxSequences is {_options.MaxSequences}.");
            var state = Admitted(chunk.Sequence);
            _shared[count++] = state.SampledPosition == state.TokenCount ? state.Sampled : -1;
        }

        if (count == 0)
            return;
        peers.Broadcast(_shared.AsSpan(0, count));
        count = 0;
        foreach (ref readonly var chunk in batch.Chunks)
        {
            if (chunk.Flags.HasFlag(ChunkFlags.TakesSampled))
                _sequences[chunk.Sequence].Sampled = (int)_shared[count++];
        }
    }

    private void Begin(in Chunk chunk, ReadOnlySpan<int> brought)
    {
        var state = Admitted(chunk.Sequence);
        var sampled = state.Sampled;
        var takes = chunk.Flags.HasFlag(ChunkFlags.TakesSampled);
        if (takes && (brought.Length > 0 || sampled < 0))
            throw new StepBatchException($"A chunk of sequence {chunk.Sequence} takes a sampled token; {(brought.Length > 0 ? "it brings others beside it" : "none was sampled to follow those that are known")}.");
        var appended = takes ? new ReadOnlySpan<int>(in sampled) : brought;

        if (state.LastStep == _step)
            throw new StepBatchException($"A step has two chunks of sequence {chunk.Sequence}; it may have one.");
        state.LastStep = _step;
        if (appended.Length > _options.MaxContext - state.TokenCount)
            throw new StepBatchException($"Sequence {chunk.Sequence} of {state.TokenCount} tokens cannot take {appended.Length} more: MaxContext is {_options.MaxContext}.");
        CheckTokens(chunk.Sequence, appended);
        appended.CopyTo(new Span<int>(_tokens + ((nint)chunk.Sequence * _options.MaxContext) + state.TokenCount, appended.Length));
        state.TokenCount += appended.Length;

        var replays = (chunk.Flags & ChunkFlags.ReplayFirst) != 0;
        if (chunk.Start != 0 && chunk.Start != state.NextPosition && !replays)
            throw new StepBatchException($"A chunk of sequence {chunk.Sequence} starts at position {chunk.Start}, but the sequence stands at {state.NextPosition} and nothing is replayed.");
        if ((long)chunk.Start + chunk.Count > state.TokenCount)
            throw new StepBatchException($"A chunk of sequence {chunk.Sequence} runs positions {chunk.Start} to {(long)chunk.Start + chunk.Count - 1}, but only {state.TokenCount} tokens are known.");
        foreach (var kind in _kinds)
            CheckBlocks(chunk, kind);
        state.NextPosition = chunk.Start + chunk.Count;
    }

    private SequenceState Admitted(int sequence)
    {
        CheckNumber(sequence);
        return _sequences[sequence].IsAdmitted
            ? _sequences[sequence]
            : throw new StepBatchException($"Sequence {sequence} is named, but it is not admitted.");
    }

    private void Admit(in Admission admission, ReadOnlySpan<int> tokens, ReadOnlySpan<int> stopTokens, ReadOnlySpan<TokenBias> biases)
    {
        CheckNumber(admission.Sequence);
        var state = _sequences[admission.Sequence];
        if (state.IsAdmitted)
            throw new StepBatchException($"Sequence {admission.Sequence} is admitted again without a release.");
        if (tokens.Length > _options.MaxContext)
            throw new StepBatchException($"Sequence {admission.Sequence} comes with {tokens.Length} tokens; MaxContext is {_options.MaxContext}.");
        CheckTokens(admission.Sequence, tokens);
        CheckTokens(admission.Sequence, stopTokens);
        foreach (ref readonly var bias in biases)
        {
            if ((uint)bias.Token >= (uint)_config.VocabularySize || !float.IsFinite(bias.Bias))
                throw new StepBatchException($"Sequence {admission.Sequence} has a bias that is not finite, or of a token outside the vocabulary of {_config.VocabularySize}.");
        }

        state.Admit(admission, stopTokens, biases);
        tokens.CopyTo(new Span<int>(_tokens + ((nint)admission.Sequence * _options.MaxContext), tokens.Length));
        foreach (var kind in _kinds)
            new Span<int>(Blocks(admission.Sequence, kind), _tableLength).Fill(NoBlock);
    }

    private void Change(in BlockChange change)
    {
        Admitted(change.Sequence);
        if (change.Kind is not (LayerKind.Global or LayerKind.Sliding))
            throw new StepBatchException($"A block change of sequence {change.Sequence} names the layer kind {(int)change.Kind}; there are 0 and 1.");
        if (change.Index < 0 || change.Index >= _tableLength)
            throw new StepBatchException($"A block change of sequence {change.Sequence} names entry {change.Index} of a table of {_tableLength}.");
        if (change.Block < 0 || change.Block >= _options.Blocks.Of(change.Kind))
            throw new StepBatchException($"A block change of sequence {change.Sequence} names block {change.Block} of a pool of {_options.Blocks.Of(change.Kind)}.");
        Blocks(change.Sequence, change.Kind)[change.Index] = change.Block;
    }

    private void CheckBlocks(in Chunk chunk, LayerKind kind)
    {
        var blocks = Blocks(chunk.Sequence, kind);
        var firstPosition = kind == LayerKind.Global ? 0 : Math.Max(0, chunk.Start + 1 - _config.SlidingWindow);
        var last = (chunk.Start + chunk.Count - 1) / KvBlockCounts.BlockPositions;
        for (var i = firstPosition / KvBlockCounts.BlockPositions; i <= last; i++)
        {
            if (blocks[i] == NoBlock)
                throw new StepBatchException($"Entry {i} of sequence {chunk.Sequence}'s {kind} block table is needed, but no block was given.");
        }
    }

    private void CheckBlock(string verb, LayerKind kind, int block)
    {
        if (kind is not (LayerKind.Global or LayerKind.Sliding) || block < 0 || block >= _options.Blocks.Of(kind))
            throw new StepBatchException($"A step {verb} block {block} of layer kind {(int)kind}; the pools have {_options.Blocks.Global} and {_options.Blocks.Sliding}.");
    }

    private void CheckTokens(int sequence, ReadOnlySpan<int> tokens)
    {
        // The token itself stays out of the message.
        if (tokens.ContainsAnyExceptInRange(0, _config.VocabularySize - 1))
            throw new StepBatchException($"Sequence {sequence} has a token outside the vocabulary of {_config.VocabularySize}.");
    }

    private void CheckNumber(int sequence)
    {
        if (sequence < 0 || sequence >= _sequences.Length)
            throw new StepBatchException($"Sequence {sequence} is named; MaxSequences is {_sequences.Length}.");
    }
}

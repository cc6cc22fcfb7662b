using System.Runtime.InteropServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.State;
using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Sampling;
using Baichuan.Compute.Threads;
using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>
/// The end of the last stage: final norm and head for the rows whose logits are needed, a few rows at a time; rank 0 gathers the vocabulary's slices,
/// keeps the logits that were asked for and samples.
/// </summary>
internal sealed unsafe class OutputStage
{
    // Rows whose logits are held at once: bounds the buffers where the vocabulary is large.
    private const int TileRows = 16;

    private readonly KernelSet _kernels;
    private readonly ModelConfig _config;
    private readonly Shard _shard;
    private readonly ShardWeights _weights;
    private readonly ActivationBuffers _buffers;
    private readonly SequenceTable _sequences;
    private readonly StepRows _rows;
    private readonly ProductJob _product;
    private readonly Sampler? _sampler;
    private readonly IndexRange[] _vocabularies;
    private readonly int[] _gatherCounts;

    // [TileRows, rank's vocabulary]
    private readonly float* _slice;

    // Rank 0: [ranks][TileRows, their vocabulary], and one row of the whole vocabulary.
    private readonly float* _gathered;
    private readonly float* _row;

    private readonly List<SampledToken> _sampled = [];
    private readonly List<TokenLogprob> _topLogprobs = [];
    private readonly List<RowLogits> _logitRows = [];
    private float[] _logits = [];

    public OutputStage(
        KernelSet kernels, ComputePool pool, NativeHeap heap, ShardPlan plan, Shard shard, ShardWeights weights, ActivationBuffers buffers,
        SequenceTable sequences, StepRows rows)
    {
        (_kernels, _config, _shard, _weights) = (kernels, plan.Config, shard, weights);
        (_buffers, _sequences, _rows) = (buffers, sequences, rows);
        _product = new ProductJob(kernels, pool);
        _vocabularies = [.. Enumerable.Range(0, plan.TensorParallel).Select(r => plan[shard.Stage, r].Vocabulary)];
        _gatherCounts = new int[plan.TensorParallel];
        _slice = heap.Allocate<float>((long)TileRows * shard.Vocabulary.Count);
        if (shard.Rank != 0)
            return;
        _gathered = heap.Allocate<float>((long)TileRows * _config.VocabularySize);
        _row = heap.Allocate<float>(_config.VocabularySize);
        _sampler = new Sampler(_config.VocabularySize);
    }

    /// <summary>The last step's tokens; on rank 0.</summary>
    public StepResult Result(StepBatch batch, TimeSpan compute, TimeSpan wait) => StepResult.Create(
        batch.Epoch,
        batch.Step,
        compute,
        wait,
        CollectionsMarshal.AsSpan(_sampled),
        CollectionsMarshal.AsSpan(_topLogprobs),
        CollectionsMarshal.AsSpan(_logitRows),
        _logits.AsSpan(0, _logitRows.Count * _config.VocabularySize));

    public void Run(IShardPeers peers)
    {
        _sampled.Clear();
        _topLogprobs.Clear();
        _logitRows.Clear();
        for (var first = 0; first < _rows.OutputRows.Length; first += TileRows)
            RunTile(_rows.OutputRows[first..Math.Min(first + TileRows, _rows.OutputRows.Length)], peers);
    }

    private void RunTile(ReadOnlySpan<int> rows, IShardPeers peers)
    {
        var hiddenSize = _buffers.HiddenSize;
        for (var i = 0; i < rows.Length; i++)
            _kernels.Normalize(_buffers.Hidden + ((nint)rows[i] * hiddenSize), _weights.FinalNorm, _buffers.Normed + ((nint)i * hiddenSize), hiddenSize, _config.RmsNormEpsilon);
        _product.Run(_weights.Head!, _buffers.Normed, hiddenSize, rows.Length, _slice, _shard.Vocabulary.Count);

        for (var rank = 0; rank < _gatherCounts.Length; rank++)
            _gatherCounts[rank] = rows.Length * _vocabularies[rank].Count;
        var all = _shard.Rank == 0 ? new Span<float>(_gathered, rows.Length * _config.VocabularySize) : default;
        peers.GatherToFirst(new ReadOnlySpan<float>(_slice, rows.Length * _shard.Vocabulary.Count), all, _gatherCounts);
        for (var i = 0; i < rows.Length && _shard.Rank == 0; i++)
            Finish(rows[i], Assemble(all, i, rows.Length));
    }

    /// <summary>Puts one row of the whole vocabulary together from the ranks' slices.</summary>
    private Span<float> Assemble(ReadOnlySpan<float> gathered, int row, int rows)
    {
        var all = new Span<float>(_row, _config.VocabularySize);
        foreach (var vocabulary in _vocabularies)
            gathered.Slice((rows * vocabulary.Start) + (row * vocabulary.Count), vocabulary.Count).CopyTo(all[vocabulary.Start..]);
        return all;
    }

    private void Finish(int row, Span<float> logits)
    {
        ref readonly var chunk = ref _rows.ChunkOf(row);
        var position = _rows.Position(row);
        if ((chunk.Flags & ChunkFlags.Logits) != 0)
            Keep(new RowLogits(chunk.Sequence, position), logits);
        if ((chunk.Flags & ChunkFlags.Sample) == 0 || !_rows.IsLastOfChunk(row))
            return;
        var state = _sequences[chunk.Sequence];
        var request = new SamplingRequest
        {
            Sequence = chunk.Sequence,
            Tokens = _sequences.Tokens(chunk.Sequence)[..(position + 1)],
            PromptLength = state.PromptLength,
            StopTokens = state.StopTokens.Span,
            Settings = state.Sampling,
        };
        _sampled.Add(_sampler!.Sample(logits, request, _topLogprobs));
    }

    private void Keep(RowLogits row, ReadOnlySpan<float> logits)
    {
        var offset = _logitRows.Count * _config.VocabularySize;
        if (_logits.Length < offset + logits.Length)
            Array.Resize(ref _logits, checked(_rows.OutputRows.Length * _config.VocabularySize));
        logits.CopyTo(_logits.AsSpan(offset));
        _logitRows.Add(row);
    }
}

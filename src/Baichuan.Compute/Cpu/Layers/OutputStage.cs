using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Output;
using Baichuan.Compute.Sequences;
using Baichuan.Compute.Threads;
using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>
/// The end of the last stage: final norm and head for the rows whose logits are needed, a few rows at a time; rank 0 gathers the vocabulary's slices
/// and answers.
/// </summary>
internal sealed unsafe class OutputStage
{
    private readonly KernelSet _kernels;
    private readonly ModelConfig _config;
    private readonly Shard _shard;
    private readonly ShardWeights _weights;
    private readonly ActivationBuffers _buffers;
    private readonly StepRows _rows;
    private readonly ProductJob _product;
    private readonly LogitGather _gather;
    private readonly StepAnswer? _answer;

    // [LogitGather.TileRows, rank's vocabulary]
    private readonly float* _slice;

    public OutputStage(
        KernelSet kernels, ComputePool pool, NativeHeap heap, ShardPlan plan, Shard shard, ShardWeights weights, ActivationBuffers buffers,
        SequenceTable sequences, StepRows rows)
    {
        (_kernels, _config, _shard, _weights, _buffers, _rows) = (kernels, plan.Config, shard, weights, buffers, rows);
        _product = new ProductJob(kernels, pool, buffers.Coded);
        _slice = heap.Allocate<float>((long)LogitGather.TileRows * shard.Vocabulary.Count);
        _gather = new LogitGather(heap, plan, shard);
        _answer = shard.Rank == 0 ? new StepAnswer(_config.VocabularySize, sequences, rows) : null;
    }

    /// <summary>The last step's tokens; null but on rank 0.</summary>
    public StepResult? Result(StepBatch batch, TimeSpan compute, TimeSpan wait) => _answer?.Result(batch, compute, wait);

    public void Run(IShardPeers peers)
    {
        _answer?.Clear();
        for (var first = 0; first < _rows.OutputRows.Length; first += LogitGather.TileRows)
            RunTile(_rows.OutputRows[first..Math.Min(first + LogitGather.TileRows, _rows.OutputRows.Length)], peers);
    }

    private void RunTile(ReadOnlySpan<int> rows, IShardPeers peers)
    {
        var hiddenSize = _buffers.HiddenSize;
        for (var i = 0; i < rows.Length; i++)
            _kernels.Normalize(_buffers.Hidden + ((nint)rows[i] * hiddenSize), _weights.FinalNorm, _buffers.Normed + ((nint)i * hiddenSize), hiddenSize, _config.RmsNormEpsilon);
        _product.Run(_weights.Head!, _buffers.Normed, hiddenSize, rows.Length, _slice, _shard.Vocabulary.Count);
        _gather.Gather(new ReadOnlySpan<float>(_slice, rows.Length * _shard.Vocabulary.Count), rows.Length, peers);
        for (var i = 0; i < rows.Length; i++)
            _answer?.Add(rows[i], _gather.Row(i));
    }
}

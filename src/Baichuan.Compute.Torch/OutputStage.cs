using Baichuan.Compute.Output;
using Baichuan.Compute.Sequences;
using Baichuan.Compute.Torch.Layers;
using Baichuan.Compute.Torch.Step;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch;

/// <summary>The end of the last stage: the logits of the rows that were asked for, a few rows at a time, to rank 0's host memory; rank 0 answers.</summary>
internal sealed class OutputStage
{
    private readonly VocabularyHead _head;
    private readonly HostStaging _staging;
    private readonly LogitGather _gather;
    private readonly StepRows _rows;
    private readonly StepAnswer? _answer;

    public OutputStage(VocabularyHead head, ShardPlan plan, Shard shard, NativeHeap heap, HostStaging staging, SequenceTable sequences, StepRows rows)
    {
        _head = head;
        _staging = staging;
        _gather = new LogitGather(heap, plan, shard);
        _rows = rows;
        _answer = shard.Rank == 0 ? new StepAnswer(plan.Config.VocabularySize, sequences, rows) : null;
    }

    /// <summary>Values that the stage puts into host staging at once.</summary>
    public static int StagingValues(Shard shard) => LogitGather.TileRows * shard.Vocabulary.Count;

    public void Clear() => _answer?.Clear();

    /// <param name="x">[rows, hidden], after the last layer</param>
    public void Run(torch.Tensor x, StepTensors step, IShardPeers peers)
    {
        for (var first = 0; first < _rows.OutputRows.Length; first += LogitGather.TileRows)
        {
            using var scope = torch.NewDisposeScope();
            var count = Math.Min(LogitGather.TileRows, _rows.OutputRows.Length - first);
            var logits = _head.Logits(x.index_select(0, step.OutputRows.narrow(0, first, count)));
            _gather.Gather(_staging.Fetch(logits), count, peers);
            for (var i = 0; i < count; i++)
                _answer?.Add(_rows.OutputRows[first + i], _gather.Row(i));
        }
    }

    /// <summary>The step's tokens and logits; null but on rank 0.</summary>
    public StepResult? Result(StepBatch batch, TimeSpan compute, TimeSpan wait) => _answer?.Result(batch, compute, wait);
}

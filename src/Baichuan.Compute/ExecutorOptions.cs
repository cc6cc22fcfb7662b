using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Compute;

/// <summary>What an executor allocates when it loads; nothing grows afterwards.</summary>
public sealed record ExecutorOptions
{
    public required WeightType Weights { get; init; }

    public required KvType KvCache { get; init; }

    public required KvBlockCounts Blocks { get; init; }

    /// <summary>Keep a copy of the partner's keys and values beside the own ones (<see cref="ShardPlan.PartnerOf"/>), so that a shard that takes its place can have them. Blocks take twice the memory. Only where ranks have partners.</summary>
    public bool KvCopies { get; init; }

    /// <summary>Sequence numbers run from 0 to this minus 1.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Most rows of a step.</summary>
    public required int MaxBatchRows { get; init; }

    /// <summary>Most tokens of a sequence, prompt and completion together.</summary>
    public required int MaxContext { get; init; }

    /// <summary>Where the tensors live: <c>cpu</c> or <c>cuda:n</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Checks what every executor relies on.</summary>
    /// <exception cref="ArgumentException">A size is below its least, or the activations of a batch are more than a span holds.</exception>
    internal void CheckSizes(ModelConfig config)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxContext, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Blocks.Global);
        ArgumentOutOfRangeException.ThrowIfNegative(Blocks.Sliding);
        var widest = Math.Max(config.HiddenSize, config.IntermediateSize);
        if ((long)MaxBatchRows * widest > int.MaxValue)
            throw new ArgumentException($"{MaxBatchRows} rows of {widest} activations are more than {int.MaxValue}: lower MaxBatchRows.");
    }
}

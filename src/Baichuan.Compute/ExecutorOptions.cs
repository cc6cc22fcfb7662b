using Baichuan.Model.Plan;

namespace Baichuan.Compute;

/// <summary>What an executor allocates when it loads; nothing grows afterwards.</summary>
public sealed record ExecutorOptions
{
    public required WeightType Weights { get; init; }

    public required KvType KvCache { get; init; }

    public required KvBlockCounts Blocks { get; init; }

    /// <summary>Sequence numbers run from 0 to this minus 1.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Most rows of a step.</summary>
    public required int MaxBatchRows { get; init; }

    /// <summary>Most tokens of a sequence, prompt and completion together.</summary>
    public required int MaxContext { get; init; }

    /// <summary>Where the tensors live: <c>cpu</c> or <c>cuda:n</c>.</summary>
    public string Device { get; init; } = "cpu";
}

using Baichuan.Model.Plan;

namespace Baichuan.Server.Bench;

/// <summary>What bench-model measured with a number of sequences side by side: medians over repeats, and the middle half beside them.</summary>
internal sealed record ModelRow
{
    public required WeightType Weights { get; init; }

    public required KvType KvCache { get; init; }

    public required int TensorParallel { get; init; }

    public required int PipelineParallel { get; init; }

    /// <summary>Of each shard.</summary>
    public required int Threads { get; init; }

    public required int Batch { get; init; }

    /// <summary>Of one prompt, from its first step to its first token.</summary>
    public required double PrefillTokensPerSecond { get; init; }

    public required Spread Prefill { get; init; }

    /// <summary>Of all sequences together.</summary>
    public required double DecodeTokensPerSecond { get; init; }

    public required Spread Decode { get; init; }

    /// <summary>Weight bytes of a decode step by its time, over the bandwidth that was measured just before.</summary>
    public required double ShareOfBandwidth { get; init; }

    /// <summary>GB/s (10^9 bytes) that were to be had, in the median.</summary>
    public required double Bandwidth { get; init; }

    /// <summary>Multiply-adds of a decode step's products by its time, over the ceiling; null where there is no ceiling loop for the weights.</summary>
    public required double? ShareOfArithmetic { get; init; }

    /// <summary>The same for the prompt.</summary>
    public required double? PrefillShareOfArithmetic { get; init; }

    /// <summary>10^9 multiply-adds per second of a decode step's products.</summary>
    public required double DecodeGigamacs { get; init; }

    /// <summary>10^9 multiply-adds per second of the prompt's products.</summary>
    public required double PrefillGigamacs { get; init; }

    /// <summary>Managed bytes that a decode step allocates, of all threads.</summary>
    public required double AllocatedBytesPerStep { get; init; }

    /// <summary>Weights that a decode step reads, in all shards together.</summary>
    public required long StepBytes { get; init; }

    public required double LoadSeconds { get; init; }

    /// <summary>Of the process, after loading.</summary>
    public required long ResidentBytes { get; init; }

    /// <summary>Weights of all shards, the embedding table included.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>KV pools of all shards; resident where they were written.</summary>
    public required long KvBytes { get; init; }
}

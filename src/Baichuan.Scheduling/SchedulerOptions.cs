using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling;

/// <summary>The limits of one replica, the same that its executors were loaded with. Every number is at least 1.</summary>
public sealed record SchedulerOptions
{
    /// <summary>Blocks of the replica's two KV pools.</summary>
    public required KvBlockCounts Blocks { get; init; }

    /// <summary>W: positions that a sliding layer sees, the current one included.</summary>
    public required int SlidingWindow { get; init; }

    /// <summary>Token ids run from 0 to this minus 1.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Most tokens of a sequence, prompt and completion together.</summary>
    public required int MaxContext { get; init; }

    /// <summary>Most rows of a step: decode rows and prefill rows together. Prompts wait while this many sequences decode in every step, so
    /// it should exceed <see cref="MaxSequences"/> / <see cref="BatchesInFlight"/>.</summary>
    public required int MaxBatchRows { get; init; }

    /// <summary>Most running sequences.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Most requests that wait in a new one's class and more urgent ones. Sequences that wait again after they ran are counted, but never refused.</summary>
    public required int MaxWaiting { get; init; }

    /// <summary>Most prompt tokens of these; a request alone is never too long for the queue.</summary>
    public int MaxWaitingTokens { get; init; } = int.MaxValue;

    /// <summary>As <see cref="MaxWaiting"/>, of one tenant.</summary>
    public int MaxWaitingPerTenant { get; init; } = int.MaxValue;

    /// <summary>As <see cref="MaxWaitingTokens"/>, of one tenant.</summary>
    public int MaxWaitingTokensPerTenant { get; init; } = int.MaxValue;

    /// <summary>A request is refused, unless it is batch work, where those that it would wait behind will take longer than this to leave the queue, as things have gone.</summary>
    public TimeSpan MaxQueueTime { get; init; } = TimeSpan.MaxValue;

    /// <summary>A tenant of weight 2 gets twice the tokens of one of weight 1 while both have requests waiting; 1 where it is not named.</summary>
    public IReadOnlyDictionary<string, double> TenantWeights { get; init; } = new Dictionary<string, double>();

    /// <summary>P: most steps in flight, one for each pipeline stage.</summary>
    public required int BatchesInFlight { get; init; }

    /// <summary>One order may be planned while the one before it runs, whose tokens its decode rows take where they are sampled: the shards never wait for a plan. An order may be several steps then
    /// (<see cref="Scheduler.TryPlanMore"/>). Results come in order. For one stage only: with several, others' steps are in flight meanwhile.</summary>
    public bool PlansAhead { get; init; }

    /// <summary>Keeps the blocks that sequences leave, and lets later ones of the same tenant start from them.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Enters the names of cached blocks, so that nobody can guess them: random bytes, and whatever cached contents depend on.</summary>
    public ReadOnlyMemory<byte> PrefixSecret { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or a weight is not above 0.</exception>
    internal void Check()
    {
        ReadOnlySpan<(string Name, int Value)> values =
        [
            ($"{nameof(Blocks)}.{nameof(LayerKind.Global)}", Blocks.Global),
            ($"{nameof(Blocks)}.{nameof(LayerKind.Sliding)}", Blocks.Sliding),
            (nameof(SlidingWindow), SlidingWindow),
            (nameof(VocabularySize), VocabularySize),
            (nameof(MaxContext), MaxContext),
            (nameof(MaxBatchRows), MaxBatchRows),
            (nameof(MaxSequences), MaxSequences),
            (nameof(MaxWaiting), MaxWaiting),
            (nameof(MaxWaitingTokens), MaxWaitingTokens),
            (nameof(MaxWaitingPerTenant), MaxWaitingPerTenant),
            (nameof(MaxWaitingTokensPerTenant), MaxWaitingTokensPerTenant),
            (nameof(BatchesInFlight), BatchesInFlight),
        ];
        if (PlansAhead)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchesInFlight, 1);
        foreach (var (name, value) in values)
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        foreach (var weight in TenantWeights.Values)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight, nameof(TenantWeights));
    }
}

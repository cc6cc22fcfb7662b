using Baichuan.Model.Plan;
using Baichuan.Scheduling;
using CsCheck;

namespace Baichuan.SameBytes.Tests;

/// <summary>Limits under which the same mix runs in different ways.</summary>
internal static class Limits
{
    public const int Context = 96;

    /// <summary>The largest of everything: what the executors are made for.</summary>
    public static SchedulerOptions Widest { get; } = new()
    {
        Blocks = new KvBlockCounts(64, 64),
        SlidingWindow = 8,
        VocabularySize = 256,
        MaxContext = Context,
        MaxBatchRows = 8 * Context,
        MaxSequences = 32,
        MaxWaiting = 64,
        BatchesInFlight = 1,
    };

    /// <summary>Chunks of 16 rows and pools that hold one sequence of 96 tokens and little more: the first two requests of a mix share, are cut, and one
    /// of them gives way.</summary>
    public static Gen<SchedulerOptions> Tight { get; } =
        from global in Gen.Int[7, 8]
        from sliding in Gen.Int[5, 9]
        from ahead in Gen.Bool
        select Widest with { PlansAhead = ahead, Blocks = new KvBlockCounts(global, sliding), MaxBatchRows = 16, MaxSequences = 4 };

    public static Gen<SchedulerOptions> Any { get; } =
        from cache in Gen.Bool
        from rows in Pick.Of(1, 16, 64, Widest.MaxBatchRows)
        from sequences in Pick.Of(1, 4, 32)
        from small in Gen.Bool
        from blocks in Gen.Int[6, 12]
        from ahead in Gen.Bool
        select Widest with
        {
            PlansAhead = ahead,
            PrefixCache = cache,
            MaxBatchRows = rows,
            MaxSequences = sequences,
            Blocks = small ? new KvBlockCounts(blocks, blocks) : Widest.Blocks,
        };
}

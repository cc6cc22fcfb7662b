using Baichuan.Model.Plan;

namespace Baichuan.Scheduling;

/// <summary>What a scheduler holds now, and what it has planned since it was made.</summary>
/// <param name="WaitingByClass">Sequences that wait, by the class that they asked for.</param>
/// <param name="BlocksUsed">Blocks that sequences hold, of <paramref name="BlocksTotal"/>.</param>
/// <param name="BlocksCached">Blocks that no sequence holds, but that are kept for those to come.</param>
/// <param name="StepsPlanned">Steps of all epochs.</param>
/// <param name="DecodeRows">Rows that continued a sequence by one token.</param>
/// <param name="PrefillRows">Rows of prompts and of replayed sequences.</param>
/// <param name="Preemptions">How often a running sequence gave way to a more urgent one.</param>
/// <param name="PrefixQueries">Tokens of sequences when they were first admitted.</param>
/// <param name="PrefixHits">Those of them that were cached.</param>
/// <param name="Evictions">Cached blocks that gave way to new contents.</param>
public readonly record struct SchedulerCounters(
    ClassCounts WaitingByClass,
    int Running,
    int StepsInFlight,
    KvBlockCounts BlocksUsed,
    KvBlockCounts BlocksCached,
    KvBlockCounts BlocksTotal,
    long StepsPlanned,
    long DecodeRows,
    long PrefillRows,
    long Preemptions,
    long PrefixQueries,
    long PrefixHits,
    long Evictions)
{
    /// <summary>Sequences that wait, of all classes.</summary>
    public int Waiting => WaitingByClass.Total;
}

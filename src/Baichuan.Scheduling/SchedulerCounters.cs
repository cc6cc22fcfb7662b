using Baichuan.Model.Plan;

namespace Baichuan.Scheduling;

/// <summary>What a scheduler holds now, and what it has planned since it was made.</summary>
/// <param name="BlocksUsed">Blocks that sequences hold, of <paramref name="BlocksTotal"/>.</param>
/// <param name="BlocksReserved">Blocks that running sequences hold or may still ask for.</param>
/// <param name="StepsPlanned">Steps of all epochs.</param>
/// <param name="DecodeRows">Rows that continued a sequence by one token.</param>
/// <param name="PrefillRows">Rows of prompts and of replayed sequences.</param>
public readonly record struct SchedulerCounters(
    int Waiting,
    int Running,
    int StepsInFlight,
    KvBlockCounts BlocksUsed,
    KvBlockCounts BlocksReserved,
    KvBlockCounts BlocksTotal,
    long StepsPlanned,
    long DecodeRows,
    long PrefillRows);

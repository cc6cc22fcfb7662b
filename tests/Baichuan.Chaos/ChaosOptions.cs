using Baichuan.Chaos.Faults;

namespace Baichuan.Chaos;

/// <summary>What a run does; the command line describes each.</summary>
/// <param name="Faults">In turn.</param>
/// <param name="AtPoints">Whether processes die at named points of their code, all those of the fault in turn, rather than anywhere.</param>
/// <param name="Point">The only point; null: all.</param>
internal sealed record ChaosOptions(
    IReadOnlyList<FaultKind> Faults, bool AtPoints, string? Point, int Count, int Streams, int Seed, int Spares, int Control, int Replicas, TimeSpan RestartAfter, TimeSpan? Hold, string? Json, string? History, string? Logs);

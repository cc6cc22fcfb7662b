using Baichuan.Chaos.Faults;

namespace Baichuan.Chaos;

/// <summary>What a run does; the command line describes each.</summary>
internal sealed record ChaosOptions(
    FaultKind Fault, int Count, int Streams, int Seed, int Spares, TimeSpan RestartAfter, TimeSpan Hold, string? Json, string? History, string? Logs);

namespace Baichuan.Scheduling.Tests;

/// <summary>Something that happens to a replica; what the numbers mean depends on the kind.</summary>
internal sealed record TraceEvent(TraceEventKind Kind, int Size, int Choice);

internal enum TraceEventKind
{
    Enqueue,
    Plan,
    Complete,
    Cancel,
    Fail,
    Pass,
}

namespace Baichuan.Scheduling;

/// <summary>A count for each request class.</summary>
public readonly record struct ClassCounts(int Emergency, int Interactive, int Batch)
{
    public int Total => Emergency + Interactive + Batch;
}

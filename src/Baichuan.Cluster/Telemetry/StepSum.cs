namespace Baichuan.Cluster.Telemetry;

/// <summary>Steps that were completed, and their times added up.</summary>
internal readonly record struct StepSum(long Count, StepTimes Times)
{
    public static StepSum operator +(in StepSum sum, in StepTimes step) => new(sum.Count + 1, sum.Times + step);

    public static StepSum operator -(in StepSum later, in StepSum earlier) => new(later.Count - earlier.Count, later.Times - earlier.Times);
}

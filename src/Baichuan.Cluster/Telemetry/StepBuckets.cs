namespace Baichuan.Cluster.Telemetry;

internal static class StepBuckets
{
    /// <summary>From the step of a toy to a full prefill of a large model.</summary>
    public static readonly double[] Seconds = [.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30];

    /// <summary>A part may be the work of some microseconds, or the better half of a full prefill.</summary>
    public static readonly double[] PartSeconds = [.00001, .00002, .00005, .0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, .5, 2, 10];
}

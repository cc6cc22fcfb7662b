namespace Baichuan.Cluster.Telemetry;

internal static class StepBuckets
{
    /// <summary>From the step of a toy to a full prefill of a large model.</summary>
    public static readonly double[] Seconds = [.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30];
}

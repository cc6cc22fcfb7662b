namespace Baichuan.Cli.Bench.Planning;

/// <summary>When arrivals are due, as <c>vllm bench serve</c> lays them out.</summary>
internal static class Timetable
{
    /// <summary>
    /// Offsets from the start, rising. Gaps are gamma distributed: the shape is the burstiness (1: a Poisson process; below 1: bursts; above: more even), the
    /// mean 1 / rate. All are then scaled so that the last arrival is due at count / rate, and the offered rate is exactly the one that was asked for.
    /// </summary>
    /// <param name="rate">Arrivals per second; null: all are due at once.</param>
    public static TimeSpan[] Create(int count, double? rate, double burstiness, RandomStream random)
    {
        var offsets = new TimeSpan[count];
        if (rate is null)
            return offsets;
        var sums = new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++)
            sums[i] = sum += random.NextGamma(burstiness);

        // A tiny burstiness may round every gap to nothing.
        var scale = sum > 0 ? count / rate.Value / sum : 0;
        for (var i = 0; i < count; i++)
            offsets[i] = TimeSpan.FromSeconds(sums[i] * scale);
        return offsets;
    }
}

namespace Baichuan.Gateway.OperatorConsole;

/// <summary>How many waits were how long, by buckets each a quarter longer than the one before, from 1 ms to six minutes. Not thread-safe.</summary>
internal sealed class LatencyCounts
{
    private const double First = 0.001;
    private const double Growth = 1.25;
    private const int Buckets = 58;

    private readonly int[] _counts = new int[Buckets];
    private int _total;

    public void Add(TimeSpan wait, int count = 1)
    {
        var bucket = wait.TotalSeconds <= First ? 0 : (int)Math.Ceiling(Math.Log(wait.TotalSeconds / First, Growth));
        _counts[Math.Min(bucket, Buckets - 1)] += count;
        _total += count;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        _total = 0;
    }

    /// <summary>Seconds that this share of the waits did not exceed, up to the width of a bucket; null where there were none.</summary>
    public double? Quantile(double share)
    {
        if (_total == 0)
            return null;
        var left = (int)Math.Ceiling(share * _total);
        for (var bucket = 0; ; bucket++)
        {
            left -= _counts[bucket];
            if (left <= 0)
                return First * Math.Pow(Growth, bucket);
        }
    }
}

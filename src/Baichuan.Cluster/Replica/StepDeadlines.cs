using System.Numerics;

namespace Baichuan.Cluster.Replica;

/// <summary>
/// How long a step may take, from what steps have taken: <see cref="Slack"/> and twice the predicted time. The prediction is the longest that a step of about as many rows took lately;
/// where there was none, that of one with fewer, in proportion, but no more than of one with more. Longer contexts are what the factor is for.
/// </summary>
/// <param name="most">What a step may take in any case, and as long as nothing is known: memory is touched and code compiled in the first ones.</param>
internal sealed class StepDeadlines(TimeSpan most)
{
    /// <summary>A machine may pause for as long without being given up.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    /// <summary>The same in the first steps of an epoch, whose shards may never have computed before.</summary>
    public static readonly TimeSpan FirstSlack = TimeSpan.FromSeconds(4);

    /// <summary>Steps of an epoch that are the first ones.</summary>
    public const int FirstSteps = 8;

    private const int StepsToKnow = 8;
    private const double Memory = 0.8; // share of the longest time that another step leaves: what cold code took is soon forgotten

    private readonly double[] _longest = new double[32]; // seconds, by the logarithm of rows
    private int _known;

    /// <param name="rows">Of the step.</param>
    /// <param name="step">Its number in the epoch, from 0.</param>
    public TimeSpan For(int rows, ulong step)
    {
        if (_known < StepsToKnow)
            return most;
        var allowed = (step < FirstSteps ? FirstSlack : Slack) + TimeSpan.FromSeconds(2 * Predict(BitOperations.Log2((uint)rows)));
        return allowed < most ? allowed : most;
    }

    /// <summary>A step has come back.</summary>
    public void OnCompleted(int rows, TimeSpan elapsed)
    {
        ref var longest = ref _longest[BitOperations.Log2((uint)rows)];
        longest = Math.Max(elapsed.TotalSeconds, Memory * longest);
        _known = Math.Min(_known + 1, StepsToKnow);
    }

    /// <summary>Steps to come are cut into other shards.</summary>
    /// <param name="factor">How much more a shard has to do than before; below 1 it changes nothing, for what steps took is soon forgotten.</param>
    public void OnLayoutChanged(double factor)
    {
        for (var size = 0; size < _longest.Length; size++)
            _longest[size] *= Math.Max(1, factor);
    }

    private double Predict(int size)
    {
        var fewer = size;
        while (fewer > 0 && _longest[fewer] == 0)
            fewer--;
        var more = Array.FindIndex(_longest, size, longest => longest > 0);
        var inProportion = _longest[fewer] * (1L << (size - fewer));
        return more < 0 ? inProportion : inProportion == 0 ? _longest[more] : Math.Min(inProportion, _longest[more]);
    }
}

using Baichuan.Compute.Cpu;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Sampling;

/// <summary>
/// A vocabulary ranked by probability, the lower id first among equals, of which a prefix is kept. Nothing is sorted but the bin of tokens in which a
/// prefix ends or a draw falls: tokens lie in bins by their distance d = (largest logit - logit) / temperature, whose upper bits order them, and every
/// bin knows its count and its mass. A token's mass is e^-d.
/// </summary>
internal sealed unsafe class RankedTokens(int vocabularySize)
{
    // Sign, exponent and 5 bits of an f32: a bin spans 3 % of its distance.
    private const int BinShift = 18;
    private const int Bins = (0x7f80_0000 >> BinShift) + 1;

    private readonly float[] _distances = new float[vocabularySize];
    private readonly float[] _masses = new float[vocabularySize];
    private readonly int[] _binCounts = new int[Bins];
    private readonly double[] _binMasses = new double[Bins];

    // Distance in the upper half, id in the lower: their order is the rank.
    private readonly ulong[] _sorted = new ulong[vocabularySize];
    private int _sortedBin;
    private int _sortedCount;

    // The kept prefix: every bin below _lastBin, and of that one the first _lastCount tokens.
    private int _lastBin;
    private int _lastCount;
    private double _mass;

    /// <summary>Ranks all tokens and keeps them all.</summary>
    /// <param name="logits">[vocabulary], none above <paramref name="largest"/>; minus infinity is an impossible token.</param>
    public void Load(ReadOnlySpan<float> logits, float largest, float inverseTemperature)
    {
        for (var i = 0; i < _distances.Length; i++)
            _distances[i] = (largest - logits[i]) * inverseTemperature;
        fixed (float* distances = _distances, masses = _masses)
            KernelSet.Best.Exp(distances, 0, -1, masses, _distances.Length);
        Array.Clear(_binCounts);
        Array.Clear(_binMasses);
        for (var i = 0; i < _distances.Length; i++)
        {
            var bin = BinOf(_distances[i]);
            _binCounts[bin]++;
            _binMasses[bin] += _masses[i];
        }

        _sortedBin = -1;
        (_lastBin, _lastCount) = (Bins - 1, _binCounts[^1]);
        _mass = MassBefore(Bins - 1) + _binMasses[^1];
    }

    /// <summary>Keeps the likeliest <paramref name="count"/> tokens.</summary>
    public void KeepCount(int count)
    {
        var before = 0;
        for (var bin = 0; bin < Bins; bin++)
        {
            if (before + _binCounts[bin] >= count)
            {
                Truncate(bin, count - before);
                return;
            }

            before += _binCounts[bin];
        }
    }

    /// <summary>Keeps the fewest likeliest tokens whose mass reaches <paramref name="share"/> of what is kept so far.</summary>
    public void KeepMass(double share)
    {
        var target = share * _mass;
        var before = 0.0;
        var bin = 0;
        for (; bin < _lastBin && before + _binMasses[bin] < target; bin++)
            before += _binMasses[bin];
        var tokens = KeptOf(bin);
        var count = 0;
        for (var sum = before; count < tokens.Length && sum < target; count++)
            sum += MassOf(tokens[count]);
        Truncate(bin, count);
    }

    /// <summary>Keeps tokens whose probability is at least <paramref name="share"/> (above 0, up to 1) of the likeliest one's.</summary>
    public void KeepNear(double share)
    {
        var limit = Math.Max(0f, (float)-PortableMath.Log(share));
        var bin = BinOf(limit);
        if (bin > _lastBin)
            return;
        var tokens = KeptOf(bin);
        var count = 0;
        while (count < tokens.Length && _distances[IdOf(tokens[count])] <= limit)
            count++;
        Truncate(bin, count);
    }

    /// <summary>The first kept token, in order of rank, at which the sum of masses passes <paramref name="uniform"/> (0 up to 1) of the kept mass.</summary>
    public int Draw(double uniform)
    {
        var target = uniform * _mass;
        var sum = 0.0;
        var bin = 0;
        for (; bin < _lastBin && sum + _binMasses[bin] <= target; bin++)
            sum += _binMasses[bin];

        // A bin's mass was summed in order of ids: the sum in order of rank may end a rounding below it. Then its last possible token is meant.
        var drawn = -1;
        foreach (var token in KeptOf(bin))
        {
            var mass = MassOf(token);
            if (mass > 0)
                drawn = IdOf(token);
            sum += mass;
            if (sum > target)
                break;
        }

        return drawn;
    }

    private void Truncate(int bin, int count)
    {
        _mass = MassBefore(bin);
        foreach (var token in Sorted(bin)[..count])
            _mass += MassOf(token);
        (_lastBin, _lastCount) = (bin, count);
    }

    private double MassBefore(int bin)
    {
        var sum = 0.0;
        for (var i = 0; i < bin; i++)
            sum += _binMasses[i];
        return sum;
    }

    /// <summary>The kept tokens of a bin in order of rank.</summary>
    private ReadOnlySpan<ulong> KeptOf(int bin) => bin == _lastBin ? Sorted(bin)[.._lastCount] : Sorted(bin);

    private ReadOnlySpan<ulong> Sorted(int bin)
    {
        if (_sortedBin != bin)
        {
            (_sortedBin, _sortedCount) = (bin, 0);
            for (var i = 0; i < _distances.Length; i++)
            {
                if (BinOf(_distances[i]) == bin)
                    _sorted[_sortedCount++] = ((ulong)BitConverter.SingleToUInt32Bits(_distances[i]) << 32) | (uint)i;
            }

            _sorted.AsSpan(0, _sortedCount).Sort();
        }

        return _sorted.AsSpan(0, _sortedCount);
    }

    private float MassOf(ulong token) => _masses[IdOf(token)];

    private static int IdOf(ulong token) => (int)(uint)token;

    private static int BinOf(float distance) => BitConverter.SingleToInt32Bits(distance) >> BinShift;
}

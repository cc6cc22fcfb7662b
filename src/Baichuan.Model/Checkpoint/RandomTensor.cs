using Baichuan.Model.Plan;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// The random numbers of one tensor. Each is a function of (seed, tensor name, element) alone: whoever fills which part in which order, the
/// tensor is the same. Norms are 1 + N(0, 1) / 10, the two factors of a convolution are positive and sum to 1, matrices are
/// N(0, 1) / sqrt(columns).
/// </summary>
internal readonly struct RandomTensor
{
    private const double Unit = 1.0 / (1L << 32);

    private readonly ulong _key;
    private readonly bool _isConvolution;
    private readonly double _mean;
    private readonly double _deviation;

    public RandomTensor(TensorSlice tensor, ulong seed)
    {
        _key = Mix(Mix(seed) ^ HashOf(tensor.Name));
        _isConvolution = tensor.Shape.Count > 2;
        (_mean, _deviation) = tensor.Shape.Count == 1 ? (1, 0.1) : (0, 1 / Math.Sqrt(tensor.Shape[^1]));
    }

    /// <param name="firstElement">Even, since numbers are drawn in pairs.</param>
    public void Fill(long firstElement, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i += 2)
        {
            var (even, odd) = Pair((firstElement + i) / 2);
            destination[i] = (float)even;
            if (i + 1 < destination.Length)
                destination[i + 1] = (float)odd;
        }
    }

    private (double Even, double Odd) Pair(long pair)
    {
        // Weyl sequence and finaliser of SplitMix64 (Steele, Lea, Flood 2014). Two uniform numbers in (0, 1].
        var bits = Mix(_key + ((ulong)pair * 0x9e37_79b9_7f4a_7c15));
        var first = ((bits >> 32) + 1) * Unit;
        var second = ((uint)bits + 1.0) * Unit;
        if (_isConvolution)
            return (first / (first + second), second / (first + second));
        // Box and Muller 1958.
        var radius = _deviation * Math.Sqrt(-2 * Math.Log(first));
        var (sine, cosine) = Math.SinCos(2 * Math.PI * second);
        return (_mean + (radius * cosine), _mean + (radius * sine));
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return z ^ (z >> 31);
    }

    // FNV-1a, 64 bits.
    private static ulong HashOf(string name)
    {
        var hash = 0xcbf2_9ce4_8422_2325;
        foreach (var character in name)
            hash = (hash ^ character) * 0x0000_0100_0000_01b3;
        return hash;
    }
}

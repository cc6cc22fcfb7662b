namespace Baichuan.Cli.Bench.Planning;

/// <summary>
/// Random numbers (SplitMix64) that depend on the seed alone, whatever the version of .NET: <see cref="Random"/> does not promise that. Not thread-safe.
/// </summary>
internal sealed class RandomStream(ulong seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private ulong _state = seed;

    /// <summary>The seed of an independent stream, for the part of a plan that the label names.</summary>
    public static ulong Derive(ulong seed, ulong label) => Mix(Mix(seed + Step) + label * Step);

    public ulong Next() => Mix(_state += Step);

    /// <summary>Uniform, above 0 and below 1.</summary>
    public double NextUnit() => ((Next() >> 12) + 0.5) * (1.0 / (1L << 52));

    /// <summary>Normal with mean 0 and standard deviation 1 (Box and Muller 1958).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(NextUnit())) * Math.Cos(2 * Math.PI * NextUnit());

    /// <summary>Gamma with mean and variance equal to the shape, which is above 0 (Marsaglia and Tsang 2000).</summary>
    public double NextGamma(double shape)
    {
        if (shape < 1)
            return NextGamma(shape + 1) * Math.Pow(NextUnit(), 1 / shape);
        var d = shape - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = NextNormal();
            var v = Math.Pow(1 + c * x, 3);
            if (v > 0 && Math.Log(NextUnit()) < 0.5 * x * x + d - d * v + d * Math.Log(v))
                return d * v;
        }
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

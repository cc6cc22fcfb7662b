namespace Baichuan.Compute.Sampling;

/// <summary>
/// The random number of a token: a hash of (seed, choice, absolute position), so that it does not depend on how often, where or beside whom a sequence
/// was run. The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
/// </summary>
internal static class TokenRandom
{
    /// <summary>A number from 0 up to, not including, 1, of 53 bits.</summary>
    public static double Uniform(ulong seed, int choice, int position)
    {
        var hash = Mix(seed + 0x9e3779b97f4a7c15);
        hash = Mix(hash ^ (((ulong)(uint)choice << 32) | (uint)position));
        return (hash >> 11) * (1.0 / (1L << 53));
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}

namespace Baichuan.Compute.Tests.Cpu.Kernels;

/// <summary>Numbers that make the order of a sum visible: of many magnitudes, with some zeros of both signs.</summary>
internal static class RandomNumbers
{
    public static float[] Of(int seed, int length)
    {
        var random = new Random(seed);
        var numbers = new float[length];
        for (var i = 0; i < length; i++)
        {
            numbers[i] = random.Next(12) switch
            {
                0 => 0f,
                1 => -0f,
                _ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 3))),
            };
        }

        return numbers;
    }
}

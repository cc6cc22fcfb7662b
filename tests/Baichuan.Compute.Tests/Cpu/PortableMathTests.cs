using Baichuan.Compute.Cpu;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>Compared with the C library, which rounds almost correctly but promises no bits.</summary>
public sealed class PortableMathTests
{
    [Fact]
    public void Sine_and_cosine_are_right_from_zero_to_the_longest_angle()
    {
        var random = new Random(1);
        for (var i = 0; i < 50_000; i++)
        {
            var angle = i < 1000 ? i * Math.PI / 4 : random.NextDouble() * Math.Pow(2, random.Next(-10, 25));
            var (sin, cos) = PortableMath.SinCos(angle);
            Assert.Equal(Math.Sin(angle), sin, 1e-15);
            Assert.Equal(Math.Cos(angle), cos, 1e-15);
        }
    }

    [Fact]
    public void Exp_and_log_are_right_to_a_few_units_in_the_last_place()
    {
        var random = new Random(2);
        for (var i = 0; i < 50_000; i++)
        {
            var x = (random.NextDouble() - 0.5) * 200;
            Assert.Equal(1, PortableMath.Exp(x) / Math.Exp(x), 1e-15);
            var y = Math.Pow(10, (random.NextDouble() - 0.5) * 60);
            Assert.Equal(Math.Log(y), PortableMath.Log(y), 1e-15 * Math.Max(1, Math.Abs(Math.Log(y))));
        }
    }

    [Fact]
    public void Whole_values_are_exact()
    {
        Assert.Equal(1, PortableMath.Exp(0));
        Assert.Equal(0, PortableMath.Log(1));
        Assert.Equal((0, 1), PortableMath.SinCos(0));
    }
}

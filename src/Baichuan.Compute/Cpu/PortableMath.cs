namespace Baichuan.Compute.Cpu;

/// <summary>
/// Elementary functions in double from additions, products and fused multiply-adds alone, so that their bits do not depend on a C library: argument
/// reduction with a constant in two parts, then a Taylor polynomial whose remainder is below the last place.
/// </summary>
internal static class PortableMath
{
    private const double HalfPi = 1.5707963267948966;
    private const double HalfPiRest = 6.123233995736766e-17;
    private const double TwoOverPi = 0.6366197723675814;
    private const double Ln2 = 0.6931471805599453;
    private const double Ln2Rest = 2.3190468138462996e-17;
    private const double Log2OfE = 1.4426950408889634;

    // 1/3!, 1/5! .. with the signs of the sine; 1/2!, 1/4! .. with those of the cosine; 1/0!, 1/1! ..; each with its highest power first.
    private static readonly double[] Sine = [.. InverseFactorials(17, 3, alternating: true), 1];
    private static readonly double[] Cosine = [.. InverseFactorials(18, 2, alternating: true), 1];
    private static readonly double[] Exponential = [.. InverseFactorials(15, 0, alternating: false)];
    private static readonly double[] Logarithm = [.. Enumerable.Range(0, 12).Reverse().Select(i => 2.0 / ((2 * i) + 1))];

    /// <summary>Sine and cosine of an angle from 0 to 2^24 radians, with an absolute error below 1e-15.</summary>
    public static (double Sin, double Cos) SinCos(double angle)
    {
        var quarter = Math.Round(angle * TwoOverPi);
        var r = Math.FusedMultiplyAdd(-quarter, HalfPi, angle);
        r = Math.FusedMultiplyAdd(-quarter, HalfPiRest, r);
        var square = r * r;
        var sin = r * Polynomial(Sine, square);
        var cos = Polynomial(Cosine, square);
        return ((long)quarter & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }

    /// <summary>e to the x, for x from -700 to 700.</summary>
    public static double Exp(double x)
    {
        var n = Math.Round(x * Log2OfE);
        var r = Math.FusedMultiplyAdd(-n, Ln2, x);
        r = Math.FusedMultiplyAdd(-n, Ln2Rest, r);
        return Polynomial(Exponential, r) * BitConverter.Int64BitsToDouble(((long)n + 1023) << 52);
    }

    /// <summary>The natural logarithm of a positive normal number: 2 artanh((m - 1) / (m + 1)) + e ln 2 with m from sqrt(1/2) to sqrt(2).</summary>
    public static double Log(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (bits >> 52) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0xf_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
        if (mantissa > 1.4142135623730951)
            (mantissa, exponent) = (mantissa / 2, exponent + 1);
        var s = (mantissa - 1) / (mantissa + 1);
        return Math.FusedMultiplyAdd(exponent, Ln2, (exponent * Ln2Rest) + (s * Polynomial(Logarithm, s * s)));
    }

    private static double Polynomial(double[] coefficients, double x)
    {
        var sum = 0.0;
        foreach (var coefficient in coefficients)
            sum = Math.FusedMultiplyAdd(sum, x, coefficient);
        return sum;
    }

    /// <summary>1/highest! down to 1/lowest!: every second one, with alternating signs, or every one.</summary>
    private static IEnumerable<double> InverseFactorials(int highest, int lowest, bool alternating)
    {
        for (var n = highest; n >= lowest; n -= alternating ? 2 : 1)
        {
            var factorial = 1.0;
            for (var i = 2; i <= n; i++)
                factorial *= i;
            yield return alternating && n % 4 is 2 or 3 ? -1 / factorial : 1 / factorial;
        }
    }
}

namespace Baichuan.Cli.Bench.Plotting;

/// <summary>A logarithmic axis of milliseconds, from a round number (1, 2 or 5 times a power of ten) to a round number.</summary>
internal sealed class LogAxis
{
    private const double LeastMs = 0.01;
    private const int MostTicks = 10;
    private readonly List<double> _rounds = [];

    /// <param name="min">Of what is shown; what is below 0.01 ms is shown as if it were that.</param>
    public LogAxis(double min, double max)
    {
        min = Math.Max(min, LeastMs);
        max = Math.Max(max, min);
        for (var decade = (int)Math.Floor(Math.Log10(min)); _rounds.Count < 2 || _rounds[^1] < max; decade++)
        {
            foreach (var digit in (ReadOnlySpan<int>)[1, 2, 5])
            {
                var round = digit * Math.Pow(10, decade);
                if (_rounds.Count == 1 && round <= min)
                    _rounds.Clear();
                if (_rounds.Count < 2 || _rounds[^1] < max)
                    _rounds.Add(round);
            }
        }
    }

    /// <summary>1, 2 and 5 times every power of ten.</summary>
    public IEnumerable<double> Rounds => _rounds;

    /// <summary>Those of them that have labels: powers of ten only where there are many.</summary>
    public IEnumerable<double> Ticks => _rounds.Count <= MostTicks ? _rounds : _rounds.Where(round => Math.Log10(round) % 1 is < 1e-9 and > -1e-9);

    /// <summary>0 at the lower end, 1 at the upper one.</summary>
    public double Position(double milliseconds) =>
        Math.Log(Math.Max(milliseconds, LeastMs) / _rounds[0]) / Math.Log(_rounds[^1] / _rounds[0]);

    /// <summary>Three digits or so, and the unit.</summary>
    public static string Label(double milliseconds) => milliseconds switch
    {
        >= 999.5 => FormattableString.Invariant($"{milliseconds / 1000:#,0.##} s"),
        >= 99.95 => FormattableString.Invariant($"{milliseconds:0} ms"),
        >= 9.995 => FormattableString.Invariant($"{milliseconds:0.#} ms"),
        _ => FormattableString.Invariant($"{milliseconds:0.##} ms"),
    };
}

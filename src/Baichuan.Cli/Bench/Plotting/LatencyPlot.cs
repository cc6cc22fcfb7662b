using System.Globalization;
using System.Xml.Linq;
using Baichuan.Cli.Bench.Reporting;

namespace Baichuan.Cli.Bench.Plotting;

/// <summary>TTFT, ITL and E2E by percentile as an SVG: time upwards on a logarithmic axis, the tail stretched to the right, objectives as dashed lines.</summary>
internal sealed class LatencyPlot
{
    private const int Width = 880;
    private const int Height = 480;
    private const int Left = 80;
    private const int Right = Width - 30;
    private const int Top = 110;
    private const int Bottom = Height - 60;
    private const int PointsOfCurve = 160;
    private const double MostNines = 3;
    private const string Ink = "#24292f";
    private const string Faint = "#d0d7de";
    private const string Fainter = "#eff2f5";
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly BenchReport _report;
    private readonly Curve[] _curves;
    private readonly LogAxis _times;
    private readonly PercentileAxis _percentiles;

    private LatencyPlot(BenchReport report, LatencySamples samples)
    {
        _report = report;
        var slo = report.Inputs.Slo;
        Curve[] curves =
        [
            new("TTFT", samples.Ttft, "#0969da", slo?.TtftMs),
            new("ITL", samples.Itl, "#1a7f37", null),
            new("E2E", samples.E2e, "#bc4c00", slo?.E2eMs),
        ];
        _curves = [.. curves.Where(curve => curve.Samples.Count > 0)];
        // Some token events come together, so the smallest gap is next to nothing: from 1 % up everything shows.
        var extremes = _curves.SelectMany(curve => new[] { curve.Samples.Percentile(1), curve.Samples.Percentile(100), curve.LimitMs ?? curve.Samples.Percentile(100) });
        _times = new LogAxis(extremes.DefaultIfEmpty(1).Min(), extremes.DefaultIfEmpty(1000).Max());
        _percentiles = new PercentileAxis(Math.Max(2, _curves.Select(NinesOf).DefaultIfEmpty().Max()));
    }

    public static string Write(BenchReport report, LatencySamples samples) => new LatencyPlot(report, samples).Draw().ToString();

    private XElement Draw() => new(
        Svg + "svg",
        new XAttribute("viewBox", Invariant($"0 0 {Width} {Height}")),
        new XAttribute("width", Width),
        new XAttribute("height", Height),
        new XAttribute("font-family", "system-ui, sans-serif"),
        new XAttribute("font-size", 13),
        new XElement(Svg + "rect", new XAttribute("width", "100%"), new XAttribute("height", "100%"), new XAttribute("fill", "#ffffff")),
        Text(Left, 28, "start", Ink, "Latency by percentile", new XAttribute("font-size", 17), new XAttribute("font-weight", "bold")),
        Text(Left, 50, "start", Ink, Subtitle()),
        Grid(),
        _curves.Select(Legend),
        _curves.Select(Limit),
        _curves.Select(Line),
        Text((Left + Right) / 2, Height - 16, "middle", Ink, "percentile of requests (ITL: of gaps between tokens); TTFT and E2E count from when a request was due"));

    private string Subtitle()
    {
        var (workload, arrivals) = (ReportView.Workload(_report.Inputs), ReportView.Arrivals(_report.Inputs));
        return Invariant($"{_report.Model}: {workload}, {arrivals}; {_report.Requests.Completed} completed in {_report.DurationS:F1} s");
    }

    private IEnumerable<XElement> Grid()
    {
        foreach (var time in _times.Rounds)
            yield return Stroke(Fainter, 1, (Left, Y(time)), (Right, Y(time)));
        foreach (var time in _times.Ticks)
        {
            yield return Stroke(Faint, 1, (Left, Y(time)), (Right, Y(time)));
            yield return Text(Left - 8, Y(time) + 4, "end", Ink, LogAxis.Label(time));
        }

        foreach (var percent in _percentiles.Ticks)
        {
            yield return Stroke(Faint, 1, (X(percent), Top), (X(percent), Bottom));
            yield return Text(X(percent), Bottom + 20, "middle", Ink, Invariant($"{percent} %"));
        }
    }

    private static XElement Legend(Curve curve, int index)
    {
        var x = Left + index * 255;
        var (median, p99) = (LogAxis.Label(curve.Samples.Percentile(50)), LogAxis.Label(curve.Samples.Percentile(99)));
        return new XElement(
            Svg + "g",
            Stroke(curve.Colour, 3, (x, 75), (x + 16, 75)),
            Text(x + 22, 79, "start", Ink, $"{curve.Name}: median {median}, p99 {p99}"));
    }

    private XElement? Limit(Curve curve) => curve.LimitMs is { } limit
        ? new XElement(
            Svg + "g",
            Stroke(curve.Colour, 1.5, (Left, Y(limit)), (Right, Y(limit)), new XAttribute("stroke-dasharray", "6 4")),
            Text(Right - 4, Y(limit) - 5, "end", curve.Colour, $"objective {curve.Name} {LogAxis.Label(limit)}"))
        : null;

    // It ends at the highest percentile that so many measurements can tell: 99 % for a hundred.
    private XElement Line(Curve curve)
    {
        var end = _percentiles.Position(100 * (1 - Math.Pow(10, -NinesOf(curve))));
        var points = Enumerable.Range(0, PointsOfCurve + 1).Select(index => _percentiles.PercentAt(end * index / PointsOfCurve));
        return Stroke(curve.Colour, 2.5, [.. points.Select(percent => (X(percent), Y(curve.Samples.Percentile(percent))))]);
    }

    private static double NinesOf(Curve curve) => Math.Min(MostNines, Math.Log10(curve.Samples.Count));

    private double X(double percent) => Left + _percentiles.Position(percent) * (Right - Left);

    private double Y(double milliseconds) => Bottom - Math.Max(0, _times.Position(milliseconds)) * (Bottom - Top);

    private static XElement Stroke(string colour, double width, (double X, double Y) from, (double X, double Y) to, params XAttribute[] more) =>
        Stroke(colour, width, [from, to], more);

    private static XElement Stroke(string colour, double width, IEnumerable<(double X, double Y)> points, params XAttribute[] more) => new(
        Svg + "polyline",
        new XAttribute("points", string.Join(' ', points.Select(point => Invariant($"{point.X:0.#},{point.Y:0.#}")))),
        new XAttribute("fill", "none"),
        new XAttribute("stroke", colour),
        new XAttribute("stroke-width", width),
        new XAttribute("stroke-linecap", "round"),
        new XAttribute("stroke-linejoin", "round"),
        more);

    private static XElement Text(double x, double y, string anchor, string colour, string text, params XAttribute[] more) => new(
        Svg + "text",
        new XAttribute("x", Invariant($"{x:0.#}")),
        new XAttribute("y", Invariant($"{y:0.#}")),
        new XAttribute("text-anchor", anchor),
        new XAttribute("fill", colour),
        more,
        text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

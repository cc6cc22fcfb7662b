using System.Globalization;
using System.Xml.Linq;
using Baichuan.Cli.Bench.Plotting;
using Baichuan.Cli.Bench.Reporting;
using Baichuan.Cli.Tests.Bench.Reporting;
using CsCheck;

namespace Baichuan.Cli.Tests.Bench.Plotting;

public sealed class LatencyPlotTests
{
    private const string Ttft = "#0969da";

    [Fact]
    public void Every_line_lies_on_the_picture() => Gen.Select(Gen.Double[0, 1e6], Gen.Double[0, 1e5], Gen.Int[1, 5]).Array[0, 200].Sample(requests =>
    {
        var plot = Draw([.. requests.Select(request => Records.Completed(0, 0, request.Item1, request.Item2, request.Item3))]);
        Assert.All(plot.Descendants().Where(element => element.Name.LocalName == "polyline").SelectMany(Points), point =>
        {
            Assert.InRange(point.X, 0, 880);
            Assert.InRange(point.Y, 0, 480);
        });
    }, iter: 50);

    [Fact]
    public void A_curve_rises_to_the_right_and_ends_where_its_measurements_do()
    {
        // A hundred requests tell 99 %: the first label of the axis with three nines is not reached.
        var plot = Draw([.. Enumerable.Range(1, 100).Select(number => Records.Completed(0, 0, number, 5, 20))]);

        var curve = Points(plot.Descendants().Single(element => (string?)element.Attribute("stroke") == Ttft && (string?)element.Attribute("stroke-width") == "2.5")).ToList();

        Assert.Equal(curve.OrderBy(point => point.X), curve);
        Assert.Equal(curve.OrderByDescending(point => point.Y), curve);
        var label99 = plot.Descendants().Single(element => element.Value == "99 %" && element.Name.LocalName == "text");
        Assert.Equal((double)label99.Attribute("x")!, curve[^1].X, 0.2);
    }

    [Fact]
    public void Axes_have_units_objectives_are_drawn_and_names_cannot_break_the_file()
    {
        var plot = Draw([Records.Completed(0, 0, 50, 10, 3)], Reports.Eventful with { Model = "<&\">" });

        var texts = plot.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value).ToList();
        Assert.Contains("objective TTFT 1 s", texts);
        Assert.Contains("100 ms", texts);
        Assert.Contains("90 %", texts);
        Assert.Contains(texts, text => text.StartsWith("<&\">: multi-turn", StringComparison.Ordinal));
        Assert.Contains("TTFT: median 50 ms, p99 50 ms", texts);
    }

    private static XDocument Draw(Cli.Bench.Load.RequestRecord[] completed, BenchReport? report = null) =>
        XDocument.Parse(LatencyPlot.Write(report ?? Reports.Eventful, new LatencySamples(completed)));

    private static IEnumerable<(double X, double Y)> Points(XElement line) =>
        from point in ((string)line.Attribute("points")!).Split(' ')
        let numbers = point.Split(',')
        select (double.Parse(numbers[0], CultureInfo.InvariantCulture), double.Parse(numbers[1], CultureInfo.InvariantCulture));
}

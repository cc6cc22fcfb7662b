using System.Globalization;
using Baichuan.Cli.Bench.Load;
using Spectre.Console;

namespace Baichuan.Cli.Bench;

/// <summary>
/// Shows how far a run is: a bar on a terminal, a line now and then elsewhere. It looks at the counters from a thread of its own, so that a
/// terminal that takes no more output holds up nothing but the display.
/// </summary>
/// <param name="console">On standard error.</param>
internal sealed class ProgressDisplay(IAnsiConsole console)
{
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Returns after the run has ended, well or not.</summary>
    public Task ShowAsync(LoadCounters counters, Task run) => Task.Factory.StartNew(
        () => Show(counters, Task.WhenAny(run)),
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private void Show(LoadCounters counters, Task ended)
    {
        if (console.Profile.Capabilities is { Interactive: true, Ansi: true })
            ShowBar(counters, ended);
        else
            ShowLines(counters, ended);
    }

    private void ShowBar(LoadCounters counters, Task ended) => console.Progress()
        .AutoClear(true)
        .Columns(new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
        .Start(display =>
        {
            var bar = display.AddTask(Words(counters), maxValue: counters.Planned);
            while (!ended.Wait(BarInterval))
            {
                bar.Value = counters.Ended;
                bar.Description = Words(counters);
            }
        });

    private void ShowLines(LoadCounters counters, Task ended)
    {
        do
            console.Write(new Text(Words(counters) + Environment.NewLine, new Style(decoration: Decoration.Dim)));
        while (!ended.Wait(LineInterval));
    }

    private static string Words(LoadCounters counters) => string.Create(
        CultureInfo.InvariantCulture,
        $"{counters.Ended} of {counters.Planned} requests ended, {counters.InFlight} in flight, {counters.OutputTokens:N0} tokens");
}

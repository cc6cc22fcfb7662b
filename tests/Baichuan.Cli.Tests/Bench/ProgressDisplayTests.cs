using Baichuan.Cli.Bench;
using Baichuan.Cli.Bench.Load;
using Baichuan.Cli.Tests.Fakes;
using Spectre.Console;

namespace Baichuan.Cli.Tests.Bench;

public sealed class ProgressDisplayTests
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Progress_is_shown_until_the_run_ends_even_where_that_fails(bool onTerminal)
    {
        var writer = new WatchedWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = onTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = onTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        console.Profile.Width = 200;
        var counters = new LoadCounters(5);
        counters.OnSent();
        counters.OnSent();
        counters.OnTokens(1200);
        counters.OnEnded();
        var run = new TaskCompletionSource();

        var display = new ProgressDisplay(console).ShowAsync(counters, run.Task);
        await writer.WaitForAsync("1 of 5 requests ended, 1 in flight, 1,200 tokens");
        Assert.False(display.IsCompleted);
        run.SetException(new InvalidOperationException());

        await display.WaitAsync(SafetyNet);
        Assert.Equal(onTerminal, writer.Text.Contains('━', StringComparison.Ordinal));
    }
}

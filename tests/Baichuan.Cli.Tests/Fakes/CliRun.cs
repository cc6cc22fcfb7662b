using Baichuan.Cli.Commands;

namespace Baichuan.Cli.Tests.Fakes;

/// <summary>Runs command lines in this process, and keeps what they wrote.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly WatchedWriter _output = new();
    private readonly WatchedWriter _error = new();

    public Interrupts Interrupts { get; } = new();

    public TextReader Input { get; init; } = TextReader.Null;

    public bool InputIsTerminal { get; init; }

    public bool OutputIsTerminal { get; init; }

    public string? EnvironmentAddress { get; init; }

    public string? EnvironmentKey { get; init; }

    public string Output => _output.Text;

    public string Error => _error.Text;

    /// <summary>What takes the remarks; null: they are kept as <see cref="Error"/>.</summary>
    public TextWriter? ErrorWriter { get; init; }

    public Task<int> RunAsync(params string[] arguments)
    {
        var terminal = new Terminal(Input, _output, ErrorWriter ?? _error, InputIsTerminal, OutputIsTerminal);
        return BaichuanCommand.RunAsync(arguments, new CommandContext(terminal, Interrupts, TimeProvider.System, EnvironmentAddress, EnvironmentKey));
    }

    /// <summary>Returns once the output holds a text.</summary>
    public Task WaitForOutputAsync(string text) => _output.WaitForAsync(text);

    public void Dispose() => Interrupts.Dispose();
}

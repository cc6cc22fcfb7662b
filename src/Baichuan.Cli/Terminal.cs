using Spectre.Console;

namespace Baichuan.Cli;

/// <summary>
/// The streams of the process. Standard output carries what was asked for, standard error everything else; what is not a terminal gets no colours, and
/// texts of the model byte for byte.
/// </summary>
internal sealed class Terminal
{
    /// <summary>Columns of tables where there is no terminal.</summary>
    private const int PlainWidth = 100;

    private readonly TextReader _input;
    private readonly WordWrap? _wrap;

    public Terminal(TextReader input, TextWriter output, TextWriter error, bool inputIsTerminal, bool outputIsTerminal)
    {
        (_input, Output, Error, InputIsTerminal) = (input, output, error, inputIsTerminal);
        Display = CreateConsole(output, PlainWidth);
        Notes = CreateConsole(error, int.MaxValue);
        _wrap = outputIsTerminal ? new WordWrap(output, () => Display.Profile.Width) : null;
    }

    /// <summary>Whether a person types the input.</summary>
    public bool InputIsTerminal { get; }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    /// <summary>Tables and styled text on standard output.</summary>
    public IAnsiConsole Display { get; }

    /// <summary>Remarks and progress on standard error.</summary>
    public IAnsiConsole Notes { get; }

    public static Terminal OfThisProcess() =>
        new(Console.In, Console.Out, Console.Error, !Console.IsInputRedirected, !Console.IsOutputRedirected);

    /// <summary>Writes a piece of a model's text as it comes.</summary>
    public void WriteAnswer(string text)
    {
        if (_wrap is not null)
        {
            _wrap.Write(WithoutControls(text));
            return;
        }

        Output.Write(text);
        Output.Flush();
    }

    /// <summary>Ends an answer's last line; a file or pipe has the answer's own end.</summary>
    public void EndAnswer() => _wrap?.End();

    /// <summary>Asks for the next line of the input.</summary>
    public void Prompt()
    {
        Error.Write("\n> ");
        Error.Flush();
    }

    /// <summary>A remark beside the output.</summary>
    public void Note(string text) => Notes.Write(new Text(text + Environment.NewLine, new Style(decoration: Decoration.Dim)));

    /// <summary>Why the command fails.</summary>
    public void Fail(string sentence) => Notes.Write(new Text(sentence + Environment.NewLine, new Style(Color.Red)));

    /// <summary>The next line of the input, null at its end. Reading cannot be cancelled, so a cancelled wait leaves the reader behind.</summary>
    public Task<string?> ReadLineAsync(CancellationToken cancellationToken) => Task.Run(_input.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);

    /// <summary>The whole input without its last line's end.</summary>
    public async Task<string> ReadAllAsync(CancellationToken cancellationToken) =>
        (await Task.Run(_input.ReadToEnd, CancellationToken.None).WaitAsync(cancellationToken)).TrimEnd('\r', '\n');

    // A model may say anything, escape sequences that command a terminal included.
    private static string WithoutControls(string text) =>
        text.Any(IsControl) ? string.Concat(text.Where(character => !IsControl(character))) : text;

    private static bool IsControl(char character) => char.IsControl(character) && character is not ('\n' or '\t');

    private static IAnsiConsole CreateConsole(TextWriter writer, int plainWidth)
    {
        var target = new AnsiConsoleOutput(writer);
        // Left to itself, a terminal on standard error is not taken for one where standard output goes elsewhere.
        if (target.IsTerminal)
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = target, Interactive = InteractionSupport.Yes });
        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = target,
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        plain.Profile.Width = plainWidth;
        return plain;
    }
}

namespace Baichuan.Cli;

/// <summary>Ends a command with a sentence for its user.</summary>
internal sealed class FailureException(int exitCode, string sentence, Exception? cause = null) : Exception(sentence, cause)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}

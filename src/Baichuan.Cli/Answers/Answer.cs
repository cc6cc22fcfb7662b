using Baichuan.V1;

namespace Baichuan.Cli.Answers;

/// <summary>A stream that came to its end.</summary>
/// <param name="Tokens">All token events, in order.</param>
/// <param name="ToFirstToken">From the call to the first token event; null where none came.</param>
/// <param name="Total">From the call to the end.</param>
internal sealed record Answer(
    GenerationStarted Started,
    IReadOnlyList<GeneratedTokens> Tokens,
    GenerationFinished Finished,
    TimeSpan? ToFirstToken,
    TimeSpan Total)
{
    public string Text => string.Concat(Tokens.Select(tokens => tokens.Text));

    /// <summary>Tokens per second after those that came first; null where all came at once.</summary>
    public double? TokensPerSecond
    {
        get
        {
            var later = Tokens.Skip(1).Sum(tokens => tokens.TokenIds.Count);
            return later > 0 && Total > ToFirstToken ? later / (Total - ToFirstToken.Value).TotalSeconds : null;
        }
    }
}

using System.Globalization;
using Baichuan.V1;

namespace Baichuan.Cli.Answers;

/// <summary>What there is to say about an answer beside its text.</summary>
internal static class AnswerNotes
{
    /// <summary>Notes the answer's log probabilities, figures and end.</summary>
    /// <returns>The exit code that the end calls for.</returns>
    public static int Conclude(Answer answer, Terminal terminal)
    {
        foreach (var line in Logprobs(answer))
            terminal.Note(line);
        terminal.Note(Summary(answer));
        if (Problem(answer.Finished) is not { } problem)
            return ExitCode.Done;
        terminal.Fail(problem);
        return ExitCode.Failed;
    }

    public static string Reason(FinishReason reason) => reason.ToString().ToLowerInvariant();

    /// <summary>Why the answer is not a whole one; null if it is.</summary>
    public static string? Problem(GenerationFinished finished) => finished.Reason switch
    {
        FinishReason.Stop or FinishReason.Length => null,
        FinishReason.Error => $"The answer ended with an error: {finished.Error.Message}",
        FinishReason.Deadline => "The answer ended at its deadline.",
        _ => "The answer was cancelled by the cluster.",
    };

    private static string Summary(Answer answer)
    {
        var parts = new List<string> { Reason(answer.Finished.Reason), Invariant($"{answer.Finished.Usage.CompletionTokens} tokens") };
        if (answer.ToFirstToken is { } first)
            parts.Add(Invariant($"first after {first.TotalSeconds:F2} s"));
        if (answer.TokensPerSecond is { } rate)
            parts.Add(Invariant($"{rate:F1} tokens/s"));
        parts.Add(Invariant($"seed {answer.Started.Seed}"));
        parts.Add($"profile {answer.Started.ProfileId}");
        return $"[{string.Join(", ", parts)}]";
    }

    // Index, token id, log probability; then the likeliest tokens as id:logprob.
    private static IEnumerable<string> Logprobs(Answer answer) =>
        from tokens in answer.Tokens
        from item in tokens.Logprobs.Index()
        let top = string.Concat(item.Item.Top.Select(other => Invariant($"  {other.TokenId}:{other.Logprob:F4}")))
        select Invariant($"{tokens.SequenceNumber + item.Index,5}  token {tokens.TokenIds[item.Index],6}  {item.Item.Logprob,9:F4}{top}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

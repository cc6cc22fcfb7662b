namespace Baichuan.Cli.Bench.Planning;

/// <summary>Somebody who comes by the timetable: with one request, or with a conversation of several turns.</summary>
/// <param name="Due">When the first turn is due, from the start of the run.</param>
/// <param name="Turns">At least one.</param>
internal sealed record Arrival(TimeSpan Due, IReadOnlyList<PlannedTurn> Turns)
{
    /// <summary>Tokens of the last turn with its answer: the most context that is needed.</summary>
    public long ContextTokens => Turns.Sum(turn => turn.Prompt.Sum(run => (long)run.Length) + turn.OutputTokens);
}

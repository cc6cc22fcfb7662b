using System.Runtime.InteropServices;
using Baichuan.Model.Execution;

namespace Baichuan.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>
    /// Takes the last stage's result of a step in flight; results may come in any order. Every sequence that it brings a token for has one outcome, and is
    /// ready to be planned again or finished. A result of another epoch than the open one is ignored, and so are the tokens of sequences that ended meanwhile.
    /// </summary>
    /// <param name="elapsed">From the step's order to its result, by a steady clock; zero where nobody measures.</param>
    /// <returns>The outcomes; valid until the scheduler is called again.</returns>
    /// <exception cref="FrameException">The result does not fit the step: nothing was taken from it, and the epoch has to be failed.</exception>
    public ReadOnlySpan<SequenceOutcome> Complete(StepResult result, TimeSpan elapsed)
    {
        _outcomes.Clear();
        _scores.Clear();
        if (result.Epoch != _epoch)
            return [];

        var step = _inFlight.Find(s => s.Number == result.Step)
            ?? throw new FrameException($"Step {result.Step} of epoch {_epoch} is not in flight, but its result came.");
        var awaited = Match(result, step);
        TakeScores(result, step);
        _inFlight.Remove(step);
        ComputedIn = _epoch;
        if (step.DecodeRows > 0 && !step.Restores)
            _budget.OnCompleted(elapsed, step.PrefillRows + step.PrefillRowsAhead);
        for (var i = 0; i < awaited.Length; i++)
        {
            if (awaited[i].IsWanted)
                Take(result.Sampled[i], awaited[i].Sequence);
        }

        return CollectionsMarshal.AsSpan(_outcomes);
    }

    /// <summary>What the last completed step said of prompts' tokens; valid until the scheduler is called again.</summary>
    public ReadOnlySpan<PromptScore> Scores => CollectionsMarshal.AsSpan(_scores);

    private void TakeScores(StepResult result, InFlightStep step)
    {
        foreach (ref readonly var token in result.Scored)
        {
            var awaited = step.ScoredBy(token.Sequence)
                ?? throw new FrameException($"The result of step {result.Step} scores a token of sequence {token.Sequence}, which it was not asked for.");
            if (awaited.IsWanted && token.Position < awaited.Sequence.PromptLength)
                _scores.Add(new PromptScore(awaited.Sequence, token));
        }
    }

    /// <summary>Whose the tokens of a result are, one for each; all checks come before the first token is taken.</summary>
    private AwaitedToken[] Match(StepResult result, InFlightStep step)
    {
        var sampled = result.Sampled;
        if (sampled.Length != step.Awaited)
            throw new FrameException($"Step {result.Step} samples {step.Awaited} tokens, but its result brings {sampled.Length}.");

        var awaited = new AwaitedToken[sampled.Length];
        for (var i = 0; i < sampled.Length; i++)
        {
            ref readonly var token = ref sampled[i];
            awaited[i] = step.Take(token.Sequence)
                ?? throw new FrameException($"The result of step {result.Step} brings a token for sequence {token.Sequence} that it does not await.");
            if (awaited[i].IsWanted && token.Position != awaited[i].Sequence.Length)
                throw new FrameException(
                    $"The result of step {result.Step} brings a token for position {token.Position} of sequence {token.Sequence} instead of {awaited[i].Sequence.Length}.");
            if ((uint)token.Token >= (uint)_options.VocabularySize)
                throw new FrameException(
                    $"The result of step {result.Step} brings a token for sequence {token.Sequence} outside the vocabulary (0 to {_options.VocabularySize - 1}).");
        }

        return awaited;
    }

    private void Take(in SampledToken token, Sequence sequence)
    {
        sequence.Append(token.Token);
        _queue.OnToken(sequence);
        if (sequence.State == SequenceState.Running)
            _blocks.Index(sequence, null, _inFlight, _builder); // its row may have been planned before the token was known
        var ending = sequence.Ending();
        if (ending is { } reason)
            End(sequence, reason);
        else if (sequence.State == SequenceState.Running && sequence.PendingRows == 1 && !sequence.IsReady)
            MakeReady(sequence);
        _outcomes.Add(new SequenceOutcome(sequence, token, ending));
    }

    private void MakeReady(Sequence sequence)
    {
        sequence.IsReady = true;
        _ready.Add(sequence);
    }
}

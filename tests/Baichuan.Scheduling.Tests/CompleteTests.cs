using Baichuan.Model.Execution;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests;

public sealed class CompleteTests
{
    [Fact]
    public void A_stop_token_ends_the_sequence_and_counts_as_a_completion_token()
    {
        var (tokens, _) = ToyLanguage.Complete(Requests.Of("a", 5, 9), 14);
        var replica = new ToyReplica(Requests.Roomy);
        var sequence = replica.Enqueue(Requests.Of("a", 5, 9, stopTokens: new[] { tokens[7] }));
        replica.RunToEnd();
        Assert.Equal(FinishReason.Stop, sequence.Finish);
        Assert.Equal(Array.IndexOf(tokens, tokens[7], 5) - 4, sequence.CompletionTokens);
        Assert.Equal(tokens[7], sequence.Tokens[^1]);
    }

    [Fact]
    public void A_stop_token_at_the_last_place_is_a_stop()
    {
        var (tokens, _) = ToyLanguage.Complete(Requests.Of("a", 5, 1), 6);
        var replica = new ToyReplica(Requests.Roomy);
        var sequence = replica.Enqueue(Requests.Of("a", 5, 1, stopTokens: new[] { tokens[5] }));
        replica.RunToEnd();
        Assert.Equal(FinishReason.Stop, sequence.Finish);
    }

    [Fact]
    public void The_limit_counts_tokens_that_came_from_elsewhere()
    {
        var (tokens, _) = ToyLanguage.Complete(Requests.Of("a", 5, 9), 14);
        var replica = new ToyReplica(Requests.Roomy);
        var sequence = replica.Enqueue(Requests.Of("a", 5, 9, generated: tokens[5..9]));
        replica.RunToEnd();
        Assert.Equal(FinishReason.Length, sequence.Finish);
        Assert.Equal(tokens, sequence.Tokens);
    }

    [Fact]
    public void An_outcome_carries_the_token_as_it_was_sampled()
    {
        var scheduler = new Scheduler(Requests.Roomy);
        scheduler.OpenEpoch(1);
        Assert.True(scheduler.TryEnqueue(Requests.Of("a", 5, 1), default, out var sequence, out _));
        Assert.True(scheduler.TryPlan(out _));
        var outcomes = scheduler.Complete(Result(0, new SampledToken { Position = 5, Token = 7, Logprob = -1.5f, TopCount = 1 }), default);
        Assert.Equal(1, outcomes.Length);
        Assert.Same(sequence, outcomes[0].Sequence);
        Assert.Equal(FinishReason.Length, outcomes[0].Finish);
        Assert.Equal((7, -1.5f, 1), (outcomes[0].Token!.Value.Token, outcomes[0].Token!.Value.Logprob, outcomes[0].Token!.Value.TopCount));
    }

    [Fact]
    public void A_result_that_does_not_fit_its_step_is_refused_whole_and_without_showing_a_token()
    {
        foreach (var wrong in (SampledToken[][])
            [
                [],
                [At(0, 5)],
                [At(0, 5), At(0, 5)],
                [At(0, 5), At(9, 5)],
                [At(0, 5), At(-1, 5)],
                [At(0, 5), At(1, 6)],
                [At(0, 5), At(1, 5, 7777)],
                [At(0, 5), At(1, 5, -7777)],
            ])
        {
            var scheduler = new Scheduler(Requests.Roomy);
            scheduler.OpenEpoch(1);
            Assert.True(scheduler.TryEnqueue(Requests.Of("a", 5, 9), default, out var sequence, out _));
            Assert.True(scheduler.TryEnqueue(Requests.Of("b", 5, 9), default, out _, out _));
            Assert.True(scheduler.TryPlan(out _));
            var error = Assert.Throws<FrameException>(() => scheduler.Complete(Result(0, wrong), default));
            Assert.Contains("step 0", error.Message, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("7777", error.Message);
            Assert.Equal(0, sequence.CompletionTokens);
        }
    }

    [Fact]
    public void A_result_of_no_step_in_flight_is_refused()
    {
        var scheduler = new Scheduler(Requests.Roomy);
        scheduler.OpenEpoch(1);
        Assert.Throws<FrameException>(() => scheduler.Complete(Result(0), default));
    }

    private static SampledToken At(int sequence, int position, int token = 1) => new() { Sequence = sequence, Position = position, Token = token };

    private static StepResult Result(ulong step, params SampledToken[] sampled)
    {
        var top = sampled.Any(s => s.TopCount > 0) ? new TokenLogprob[] { new(7, -1.5f) } : [];
        return StepResult.Create(1, step, TimeSpan.Zero, TimeSpan.Zero, sampled, top);
    }
}

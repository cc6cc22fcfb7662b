using System.Text.Json;
using Baichuan.Cli.Bench.Planning;
using CsCheck;

namespace Baichuan.Cli.Tests.Bench.Planning;

public sealed class WorkloadPlanTests
{
    [Fact]
    public void The_same_inputs_plan_the_same_requests_at_the_same_offsets_and_another_seed_others() =>
        Gen.Select(Gen.OneOf(Gen.Const(Inputs.Random), Gen.Const(Inputs.SharedPrefix), Gen.Const(Inputs.MultiTurn)), Gen.ULong, Gen.Double[0.1, 100]).Sample((inputs, seed, rate) =>
        {
            inputs = inputs with { Seed = seed, RequestRate = rate };
            Assert.Equal(Text(WorkloadPlan.Create(inputs)), Text(WorkloadPlan.Create(inputs)));
            Assert.NotEqual(Text(WorkloadPlan.Create(inputs)), Text(WorkloadPlan.Create(inputs with { Seed = seed + 1 })));
        }, iter: 100);

    [Fact]
    public void A_request_does_not_depend_on_the_rate_or_on_how_many_follow()
    {
        foreach (var inputs in new[] { Inputs.Random, Inputs.SharedPrefix, Inputs.MultiTurn })
        {
            var few = WorkloadPlan.Create(inputs with { RequestRate = 3 });
            var many = WorkloadPlan.Create(inputs with { RequestRate = 7, NumPrompts = 50 });
            Assert.Equal(few.Select(arrival => Text(arrival.Turns)), many.Take(few.Count).Select(arrival => Text(arrival.Turns)));
        }
    }

    [Fact]
    public void Random_prompts_have_nothing_in_common_and_lengths_of_their_distributions()
    {
        var turns = WorkloadPlan.Create(Inputs.Random with { NumPrompts = 500 }).Select(arrival => Assert.Single(arrival.Turns)).ToList();
        var runs = turns.Select(turn => Assert.Single(turn.Prompt)).ToList();
        Assert.Equal(500, runs.Select(run => run.Seed).Distinct().Count());
        Assert.Equal([5, 6, 7, 8, 9], runs.Select(run => run.Length).Distinct().Order());
        Assert.Equal([2, 3, 4], turns.Select(turn => turn.OutputTokens).Distinct().Order());
        Assert.Equal(500, turns.Select(turn => turn.Seed).Distinct().Count());
    }

    [Fact]
    public void Prompts_of_a_group_begin_alike_and_end_apart()
    {
        var prompts = WorkloadPlan.Create(Inputs.SharedPrefix with { NumPrompts = 300 }).Select(arrival => Tokens(arrival.Turns[0])).ToList();
        var groups = prompts.GroupBy(prompt => string.Join(' ', prompt.Take(10))).ToList();
        Assert.Equal(3, groups.Count);
        Assert.All(groups, group => Assert.InRange(group.Count(), 70, 130));
        Assert.Equal(300, prompts.Select(prompt => string.Join(' ', prompt.Skip(10))).Distinct().Count());
    }

    [Fact]
    public void Warm_ups_share_the_measured_prefixes_and_no_tail()
    {
        var inputs = Inputs.SharedPrefix with { Warmup = 100, NumPrompts = 100 };
        var (measured, warmUps) = (WorkloadPlan.Create(inputs), WorkloadPlan.CreateWarmUp(inputs));
        Assert.Equal(100, warmUps.Count);
        Assert.Equal(Runs(measured, 0).ToHashSet(), Runs(warmUps, 0).ToHashSet());
        Assert.Empty(Runs(measured, 1).Intersect(Runs(warmUps, 1)));
    }

    [Fact]
    public void A_conversation_warms_up_with_one_request() =>
        Assert.All(WorkloadPlan.CreateWarmUp(Inputs.MultiTurn with { Warmup = 3 }), arrival => Assert.Single(arrival.Turns));

    [Fact]
    public void Conversations_have_turns_with_time_to_think_between()
    {
        var arrivals = WorkloadPlan.Create(Inputs.MultiTurn);
        Assert.All(arrivals, arrival => Assert.Equal(3, arrival.Turns.Count));
        Assert.All(arrivals.SelectMany(arrival => arrival.Turns), turn => Assert.InRange(turn.ThinkTime.TotalSeconds, 1, 5));
        var arrival = arrivals[0];
        Assert.Equal(arrival.Turns.Sum(turn => Tokens(turn).Count + turn.OutputTokens), arrival.ContextTokens);
    }

    [Fact]
    public void Token_ids_are_those_of_the_vocabulary_and_all_of_them_come()
    {
        var tokens = new List<int>();
        new TokenRun(9, 2000).AppendTo(tokens, 50);
        Assert.Equal(Enumerable.Range(0, 50), tokens.Distinct().Order());
    }

    private static IEnumerable<TokenRun> Runs(IEnumerable<Arrival> arrivals, int index) => arrivals.Select(arrival => arrival.Turns[0].Prompt[index]);

    private static List<int> Tokens(PlannedTurn turn)
    {
        var tokens = new List<int>();
        foreach (var run in turn.Prompt)
            run.AppendTo(tokens, 1000);
        return tokens;
    }

    private static string Text(object plan) => JsonSerializer.Serialize(plan);
}

using System.CommandLine;
using System.Diagnostics;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling;

namespace Baichuan.Benchmarks.PlanCost;

/// <summary><c>plan-cost</c>: how long it takes to plan a step over 256 running sequences; it is to stay under 200 us in the median.</summary>
internal static class PlanCostCommand
{
    private const int Sequences = 256;
    private const int PromptLength = 20;
    private const int MaxTokens = 3000;
    private const int Steps = 2000;

    public static Command Create()
    {
        var command = new Command("plan-cost", $"Plans steps over {Sequences} running sequences.");
        command.SetAction(_ =>
        {
            var scheduler = Fill();
            for (var i = 0; i < 500; i++)
                Step(scheduler);
            double[] microseconds = [.. Enumerable.Range(0, Steps).Select(_ => Step(scheduler).TotalMicroseconds).Order()];
            Console.WriteLine(
                $"Planning a step over {Sequences} sequences: median {microseconds[Steps / 2]:f0} us, p90 {microseconds[Steps * 9 / 10]:f0} us, p99 {microseconds[Steps * 99 / 100]:f0} us");
        });
        return command;
    }

    private static Scheduler Fill()
    {
        var scheduler = new Scheduler(new SchedulerOptions
        {
            Blocks = new KvBlockCounts(Sequences * 200, Sequences * 20),
            SlidingWindow = 128,
            VocabularySize = 64,
            MaxContext = 3200,
            MaxBatchRows = 512,
            MaxSequences = Sequences,
            MaxWaiting = Sequences,
            BatchesInFlight = 1,
        });
        scheduler.OpenEpoch(1);
        for (var i = 0; i < Sequences; i++)
        {
            int[] prompt = [.. Enumerable.Range(0, PromptLength).Select(position => (i + (position * 31)) % 64)];
            var request = new SequenceRequest { RequestId = $"{i}", Prompt = prompt, MaxTokens = MaxTokens, Sampling = SamplingSettings.Greedy };
            if (!scheduler.TryEnqueue(request, default, out _, out var refusal))
                throw new InvalidOperationException(refusal.Message);
        }

        while (scheduler.Counters.DecodeRows < Sequences)
            Step(scheduler);
        return scheduler;
    }

    /// <summary>Plans a step and completes it with made-up tokens.</summary>
    /// <returns>How long planning took.</returns>
    private static TimeSpan Step(Scheduler scheduler)
    {
        var started = Stopwatch.GetTimestamp();
        if (!scheduler.TryPlan(out var batch))
            throw new InvalidOperationException("There is nothing to plan.");
        var elapsed = Stopwatch.GetElapsedTime(started);
        var sampled = batch.Chunks.ToArray().Where(chunk => chunk.Flags.HasFlag(ChunkFlags.Sample))
            .Select(chunk => new SampledToken { Sequence = chunk.Sequence, Position = chunk.Start + chunk.Count, Token = (chunk.Sequence + chunk.Start) % 64 });
        scheduler.Complete(StepResult.Create(batch.Epoch, batch.Step, default, default, sampled.ToArray()), default);
        return elapsed;
    }
}

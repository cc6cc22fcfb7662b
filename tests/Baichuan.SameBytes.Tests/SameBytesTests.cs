using Baichuan.Scheduling;
using CsCheck;

namespace Baichuan.SameBytes.Tests;

/// <summary>
/// Random mixes of requests under random limits: every request has the answer that it has alone, bit for bit. BAICHUAN_SCHEDULES sets how many mixes are
/// drawn instead of 1,000.
/// </summary>
public sealed class SameBytesTests
{
    private static readonly int Schedules = int.Parse(Environment.GetEnvironmentVariable("BAICHUAN_SCHEDULES") ?? "1000");

    [Fact]
    public void Answers_do_not_depend_on_the_cache_chunks_batches_pools_preemption_or_neighbours() => Run(1, 1, Schedules);

    [Fact]
    public void Nor_with_two_ranks_and_two_stages() => Run(2, 2, Schedules / 50);

    [Fact]
    public void Nor_with_two_ranks_of_which_one_samples() => Run(2, 1, Schedules / 20);

    private static void Run(int tensorParallel, int pipelineParallel, int schedules)
    {
        SchedulerOptions Staged(SchedulerOptions limits) => limits with { BatchesInFlight = pipelineParallel, PlansAhead = limits.PlansAhead && pipelineParallel == 1 };
        using var replica = new TestReplica(tensorParallel, pipelineParallel);
        var (eventful, restored) = (0, 0);
        Gen.Select(Mix.Any, Limits.Tight, Limits.Any).Sample(
            (mix, tight, any) =>
            {
                (tight, any) = (Staged(tight), Staged(any));
                // A failure would part the two that are to get into each other's way.
                var counters = replica.Run(mix with { Losses = [] }, tight, out var chunked, out _);
                if (chunked && counters is { PrefixHits: > 0, Preemptions: > 0 })
                    eventful++;
                replica.Run(mix, any, out _, out var blocks);
                restored += blocks;
            },
            iter: schedules + Math.Max(2, schedules / 50),
            threads: 1);
        // Those that count show a hit, a sequence that gives way and a prompt in chunks each; one in a thousand does not.
        Assert.InRange(eventful, schedules, int.MaxValue);
        if (tensorParallel % 2 == 0)
            Assert.InRange(restored, 1, int.MaxValue);
    }
}

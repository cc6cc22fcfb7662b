using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Tests.Toy;
using CsCheck;

namespace Baichuan.Scheduling.Tests;

/// <summary>Random lives of a replica, under limits tight enough that everything gets scarce. The toy executor checks every step.</summary>
public sealed class TraceTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<SchedulerOptions> Limits =
        from globalBlocks in Gen.Int[2, 16]
        from slidingBlocks in Gen.Int[2, 12]
        from window in Gen.Int[1, 40]
        from rows in Gen.Int[1, 40]
        from sequences in Gen.Int[1, 6]
        from waiting in Gen.Int[1, 8]
        from stages in Gen.Int[1, 4]
        from ahead in Gen.Bool
        select new SchedulerOptions
        {
            Blocks = new KvBlockCounts(globalBlocks, slidingBlocks),
            SlidingWindow = window,
            VocabularySize = ToyLanguage.VocabularySize,
            MaxContext = 120,
            MaxBatchRows = rows,
            MaxSequences = sequences,
            MaxWaiting = waiting,
            BatchesInFlight = stages,
            PlansAhead = ahead && stages == 1,
        };

    private static readonly Gen<TraceEvent> Events =
        from kind in Gen.Frequency(
            (6, TraceEventKind.Enqueue),
            (10, TraceEventKind.Plan),
            (10, TraceEventKind.Complete),
            (2, TraceEventKind.Cancel),
            (2, TraceEventKind.Fail),
            (2, TraceEventKind.Pass))
        from size in Gen.Int[0, 90]
        from choice in Gen.Int[0, 40]
        select new TraceEvent(kind, size, choice);

    [Fact]
    public void Every_accepted_request_ends_once_with_the_tokens_that_it_would_have_alone()
    {
        long accepted = 0, refused = 0, failures = 0, chunked = 0, resumed = 0, preempted = 0, hits = 0, evictions = 0, restored = 0, recalled = 0, more = 0;
        Gen.Select(Limits, Gen.Int[1, 8], Events.Array[1, 120]).Sample((limits, stepsAtOnce, events) =>
        {
            var life = new TraceLife(limits, stepsAtOnce, Noon);
            foreach (var e in events)
                life.Apply(e);
            life.Replica.RunToEnd();
            life.CheckEnd();
            Interlocked.Add(ref more, life.Replica.More);
            Interlocked.Add(ref accepted, life.Replica.Accepted.Count);
            Interlocked.Add(ref refused, life.Refused);
            Interlocked.Add(ref failures, life.Failures);
            Interlocked.Add(ref chunked, life.Replica.Batches.Count(b => b.Chunks[^1].Flags == ChunkFlags.None));
            Interlocked.Add(ref restored, life.Replica.Batches.Sum(b => b.RestoredBlocks.Length));
            Interlocked.Add(ref recalled, life.Replica.Recalled);
            Interlocked.Add(ref preempted, life.Replica.Counters.Preemptions);
            Interlocked.Add(ref hits, life.Replica.Counters.PrefixHits);
            Interlocked.Add(ref evictions, life.Replica.Counters.Evictions);
            Interlocked.Add(ref resumed, life.Replica.Accepted.Count(s => !s.Request.Generated.IsEmpty));
        }, iter: 2000);

        // The traces are worth their time only while they reach all of this.
        Assert.All((long[])[accepted, refused, failures, chunked, resumed, hits, evictions, restored, recalled, more], count => Assert.InRange(count, 1000, long.MaxValue));
        Assert.InRange(preempted, 200, long.MaxValue);
    }

    [Fact]
    public void The_same_calls_give_the_same_steps()
    {
        Gen.Select(Limits, Gen.Int[1, 8], Events.Array[1, 60]).Sample((limits, stepsAtOnce, events) =>
        {
            var lives = (TraceLife[])[new(limits, stepsAtOnce, Noon), new(limits, stepsAtOnce, Noon)];
            foreach (var life in lives)
            {
                foreach (var e in events)
                    life.Apply(e);
            }

            Assert.Equal(Frames(lives[0]), Frames(lives[1]));
        }, iter: 200);
    }

    private static IEnumerable<string> Frames(TraceLife life) => life.Replica.Batches.Select(b => Convert.ToHexString(b.Frame.Span));
}

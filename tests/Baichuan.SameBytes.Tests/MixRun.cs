using Baichuan.Model.Execution;
using Baichuan.Scheduling;

namespace Baichuan.SameBytes.Tests;

/// <summary>One mix under one scheduler: what a replica's grain does, step by step.</summary>
/// <param name="open">Opens a new epoch of the shards after a loss, and says which of them have nothing of the one before.</param>
/// <param name="alone">The answer to each request's question, for those that come with its beginning.</param>
internal sealed class MixRun(
    Func<Loss?, (ulong Epoch, int[]? Lost, Func<StepBatch, StepResult> Run)> open, SchedulerOptions limits, Mix mix, SampledToken[][] alone)
{
    // A preempted sequence is recomputed; no mix may take more steps than this.
    private const int MostSteps = 20_000;
    private const int MostStepsOfAnOrder = 3;

    private readonly Scheduler _scheduler = new(limits);
    private readonly List<SampledToken>[] _answers = [.. mix.Requests.Select(_ => new List<SampledToken>())];
    private readonly Queue<StepResult> _results = [];
    private Func<StepBatch, StepResult> _run = null!;
    private int _live = mix.Requests.Length;

    public SchedulerCounters Counters => _scheduler.Counters;

    /// <summary>A prompt was computed in more than one step.</summary>
    public bool Chunked { get; private set; }

    /// <summary>Blocks that were restored on a shard that had lost them.</summary>
    public int Restored { get; private set; }

    /// <summary>The tokens of every request's answer that were computed here.</summary>
    public IReadOnlyList<IReadOnlyList<SampledToken>> ToEnd()
    {
        Open(null);
        for (var step = 0; _live > 0; step++)
        {
            Assert.InRange(step, 0, MostSteps);
            foreach (var loss in mix.Losses.Where(loss => loss.After == step))
            {
                _scheduler.FailEpoch();
                _results.Clear();
                Open(loss);
            }

            ComeAndGo(step);
            while (_scheduler.TryPlan(out var batch))
            {
                Run(batch);
                for (var more = step % MostStepsOfAnOrder; more > 0 && _scheduler.TryPlanMore(out batch); more--)
                    Run(batch);
            }

            if (_results.TryDequeue(out var result))
                Take(result);
        }

        while (_results.TryDequeue(out var result))
            Take(result);
        Assert.Equal((0, 0, default), (Counters.Waiting, Counters.Running, Counters.BlocksUsed));
        return _answers;
    }

    private void Run(StepBatch batch)
    {
        Restored += batch.RestoredBlocks.Length;
        foreach (ref readonly var chunk in batch.Chunks)
            Chunked |= (chunk.Flags & ChunkFlags.Sample) == 0;
        _results.Enqueue(_run(batch));
    }

    private void Open(Loss? loss)
    {
        (var epoch, var lost, _run) = open(loss);
        _scheduler.OpenEpoch(epoch, lost);
    }

    private void ComeAndGo(int step)
    {
        for (var i = 0; i < mix.Requests.Length; i++)
        {
            var request = mix.Requests[i];
            if (request.Arrival == step)
            {
                var sequence = request.ToSequence($"{i}", [.. alone[i].Select(t => t.Token)]);
                Assert.True(_scheduler.TryEnqueue(sequence, default, out _, out var refusal), refusal?.Message);
            }

            if (request.Arrival + request.CancelAfter == step && _scheduler.Cancel($"{i}") is not null)
                _live--;
        }
    }

    private void Take(StepResult result)
    {
        foreach (var outcome in _scheduler.Complete(result, default))
        {
            _answers[int.Parse(outcome.Sequence.RequestId)].Add(outcome.Token!.Value);
            if (outcome.Finish is not null)
                _live--;
        }
    }
}

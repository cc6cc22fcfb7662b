using Baichuan.Compute;
using Baichuan.Compute.Cpu;
using Baichuan.Compute.Local;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling;
using Baichuan.Testing;

namespace Baichuan.SameBytes.Tests;

/// <summary>The shards of the tiny model, on which schedulers of many limits run mixes one after the other.</summary>
internal sealed class TestReplica : IDisposable
{
    private readonly ComputePool _pool = new(1);
    private readonly ModelCheckpoint _checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
    private readonly ReplaceableExecutors _executors;
    private readonly LocalReplica _shards;
    private readonly Dictionary<Question, SampledToken[]> _answers = [];
    private ulong _epoch;

    public TestReplica(int tensorParallel, int pipelineParallel)
    {
        var plan = ShardPlan.Create(_checkpoint.Config, tensorParallel, pipelineParallel);
        var options = new ExecutorOptions
        {
            Weights = WeightType.F32,
            KvCache = KvType.F32,
            Blocks = Limits.Widest.Blocks,
            MaxSequences = Limits.Widest.MaxSequences,
            MaxBatchRows = Limits.Widest.MaxBatchRows,
            MaxContext = Limits.Context,
            KvCopies = tensorParallel % 2 == 0,
        };
        _executors = new ReplaceableExecutors(new CpuExecutorFactory(_pool));
        _shards = new LocalReplica(_executors, _checkpoint, plan, options, TimeSpan.FromSeconds(60));
    }

    /// <summary>The answer to a question that is alone, computed whole and with nothing cached.</summary>
    public SampledToken[] Alone(Question question)
    {
        if (_answers.TryGetValue(question, out var answer))
            return answer;
        var mix = new Mix([new MixedRequest(question, 0, null, 0, "a", default)], []);
        return _answers[question] = [.. new MixRun(Open, Limits.Widest with { PrefixCache = false }, mix, [[]]).ToEnd()[0]];
    }

    /// <summary>Runs a mix and compares each answer with that of its question alone, log-probabilities included.</summary>
    public SchedulerCounters Run(Mix mix, SchedulerOptions limits, out bool chunked, out int restored)
    {
        SampledToken[][] alone = [.. mix.Requests.Select(request => Alone(request.Question))];
        var run = new MixRun(Open, limits, mix, alone);
        var answers = run.ToEnd();
        for (var i = 0; i < answers.Count; i++)
        {
            var (request, expected, answer) = (mix.Requests[i], alone[i], answers[i]);
            var known = Math.Min(request.Known, expected.Length - 1);
            if (request.CancelAfter is null)
                Assert.Equal(expected.Length - known, answer.Count);
            for (var n = 0; n < answer.Count; n++)
            {
                var (token, same) = (answer[n], expected[known + n]);
                Assert.True(
                    (token.Token, token.Position, BitConverter.SingleToInt32Bits(token.Logprob)) == (same.Token, same.Position, BitConverter.SingleToInt32Bits(same.Logprob)),
                    $"Token {known + n} of request {i} is not that of the request alone.");
            }
        }

        (chunked, restored) = (run.Chunked, run.Restored);
        return run.Counters;
    }

    public void Dispose()
    {
        _shards.Dispose();
        _checkpoint.Dispose();
        _pool.Dispose();
    }

    /// <summary>Shards that know no sequence, in a new epoch. Their pools keep what earlier mixes left in them.</summary>
    private (ulong Epoch, int[]? Lost, Func<StepBatch, StepResult> Run) Open(Loss? loss)
    {
        var lost = loss?.Shards(_shards.Plan.TensorParallel, _shards.Plan.Shards.Count);
        foreach (var shard in lost ?? [])
            _executors.Replace(shard);
        _shards.Reset();
        return (++_epoch, lost, _shards.Run);
    }
}

using System.Diagnostics;
using Baichuan.Compute.Bench;
using Baichuan.Compute.Local;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Server.Bench;

/// <summary>
/// Measures a model in this process: how fast prompts run and sequences generate, against what memory and arithmetic could do at that time. The ceilings are
/// measured just before each figure that is compared with them, so that whatever else the machine does meets both.
/// </summary>
internal sealed class ModelBench : IDisposable
{
    private readonly ModelBenchOptions _options;
    private readonly MemoryPlan _memory;
    private readonly StepCost _cost;
    private readonly ModelCheckpoint _checkpoint;
    private readonly ThreadsPerShard _executors;
    private readonly BenchSequences _sequences;

    /// <summary>Loads the model.</summary>
    /// <exception cref="Exception">The checkpoint, the plan or an option cannot be.</exception>
    public ModelBench(ModelBenchOptions options)
    {
        _options = options;
        _checkpoint = ModelCheckpoint.Open(options.ModelFolder);
        options.Check(_checkpoint.Config);
        var plan = ShardPlan.Create(_checkpoint.Config, options.TensorParallel, options.PipelineParallel);
        _memory = MemoryPlan.Create(plan, options.Weights, options.KvCache);
        _cost = StepCost.Of(_memory);
        _executors = new ThreadsPerShard(options.Threads);
        var started = Stopwatch.GetTimestamp();
        _sequences = new BenchSequences(_executors, _checkpoint, plan, options);
        LoadTime = Stopwatch.GetElapsedTime(started);
        ResidentBytes = Environment.WorkingSet;
    }

    public TimeSpan LoadTime { get; }

    /// <summary>Of the process, after loading.</summary>
    public long ResidentBytes { get; }

    public string InstructionSet => _executors.InstructionSet;

    public long WeightBytes => _memory.WeightBytes;

    /// <summary>Of a decode step.</summary>
    public long StepBytes => _cost.WeightBytes;

    public long KvBytes => _memory.Shards.Sum(shard => shard.KvBytes(_sequences.Blocks));

    /// <summary>A row for each batch size.</summary>
    public IReadOnlyList<ModelRow> Run()
    {
        using var memory = new MemoryBench();
        var prefills = new List<Sample>();
        // One for every sequence, and as many as there are repeats; the first is for warming up.
        for (var i = 0; i <= Math.Max(_options.Sequences, _options.Repeats); i++)
        {
            var sample = Measure(memory, () => _sequences.Prefill(i % _options.Sequences), _options.Prompt, PromptMultiplyAdds);
            if (i > 0)
                prefills.Add(sample);
        }

        var decodes = _options.Batches.ToDictionary(batch => batch, _ => new List<Sample>());
        for (var repeat = 0; repeat <= _options.Repeats; repeat++)
        {
            foreach (var batch in _options.Batches)
            {
                _sequences.Rewind(batch);
                var sample = Measure(memory, () => Decode(batch), batch * _options.Generate, batch * _options.Generate * (_cost.RowMultiplyAdds + _cost.HeadMultiplyAdds));
                if (repeat > 0)
                    decodes[batch].Add(sample);
            }
        }

        return [.. _options.Batches.Select(batch => Row(batch, prefills, decodes[batch]))];
    }

    public void Dispose()
    {
        _sequences.Dispose();
        _executors.Dispose();
        _checkpoint.Dispose();
    }

    // Only the last row of a prompt goes through the head.
    private long PromptMultiplyAdds => (_options.Prompt * _cost.RowMultiplyAdds) + _cost.HeadMultiplyAdds;

    private TimeSpan Decode(int batch)
    {
        var started = Stopwatch.GetTimestamp();
        for (var generated = 0; generated < _options.Generate; generated++)
            _sequences.Step(batch, generated);
        return Stopwatch.GetElapsedTime(started);
    }

    private Sample Measure(MemoryBench memory, Func<TimeSpan> work, int tokens, long multiplyAdds)
    {
        var bandwidth = MemoryBench.StreamCounts.Max(streams => memory.Read(_options.BusyThreads, streams));
        var ceiling = ArithmeticBench.MultiplyAddsPerSecond(_options.Weights, _options.BusyThreads);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var seconds = work().TotalSeconds;
        return new Sample(tokens, seconds, multiplyAdds, bandwidth, ceiling, GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    private ModelRow Row(int batch, List<Sample> prefills, List<Sample> decodes)
    {
        var prefill = Spread.Of([.. prefills.Select(sample => sample.TokensPerSecond)]);
        var decode = Spread.Of([.. decodes.Select(sample => sample.TokensPerSecond)]);
        return new ModelRow
        {
            Weights = _options.Weights,
            KvCache = _options.KvCache,
            TensorParallel = _options.TensorParallel,
            PipelineParallel = _options.PipelineParallel,
            Threads = _options.Threads,
            Batch = batch,
            PrefillTokensPerSecond = prefill.Median,
            Prefill = prefill,
            DecodeTokensPerSecond = decode.Median,
            Decode = decode,
            ShareOfBandwidth = Spread.Of([.. decodes.Select(sample => _options.Generate * _cost.WeightBytes / sample.Seconds / sample.Bandwidth)]).Median,
            Bandwidth = Spread.Of([.. decodes.Select(sample => sample.Bandwidth)]).Median / 1e9,
            ShareOfArithmetic = ShareOfArithmetic(decodes),
            PrefillShareOfArithmetic = ShareOfArithmetic(prefills),
            DecodeGigamacs = Spread.Of([.. decodes.Select(sample => sample.MultiplyAddsPerSecond)]).Median / 1e9,
            PrefillGigamacs = Spread.Of([.. prefills.Select(sample => sample.MultiplyAddsPerSecond)]).Median / 1e9,
            AllocatedBytesPerStep = Spread.Of([.. decodes.Select(sample => (double)sample.AllocatedBytes / _options.Generate)]).Median,
            StepBytes = StepBytes,
            LoadSeconds = LoadTime.TotalSeconds,
            ResidentBytes = ResidentBytes,
            WeightBytes = WeightBytes,
            KvBytes = KvBytes,
        };
    }

    private static double? ShareOfArithmetic(List<Sample> samples) => samples.Exists(sample => sample.Ceiling is null)
        ? null
        : Spread.Of([.. samples.Select(sample => sample.MultiplyAddsPerSecond / sample.Ceiling!.Value)]).Median;

    /// <summary>One measurement, and the ceilings just before it: bytes and multiply-adds per second.</summary>
    private sealed record Sample(int Tokens, double Seconds, long MultiplyAdds, double Bandwidth, double? Ceiling, long AllocatedBytes)
    {
        public double TokensPerSecond => Tokens / Seconds;

        public double MultiplyAddsPerSecond => MultiplyAdds / Seconds;
    }
}

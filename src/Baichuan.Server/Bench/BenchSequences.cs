using System.Diagnostics;
using Baichuan.Compute;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Server.Tools;

namespace Baichuan.Server.Bench;

/// <summary>
/// Sequences of random prompts that generate greedily. A prompt is run once; after that a sequence can go back to its end and generate again, from the keys
/// and values in the cache, as one does that resumes from a cached prefix.
/// </summary>
internal sealed class BenchSequences : IDisposable
{
    private const int Seed = 1;

    private readonly ModelBenchOptions _options;
    private readonly ReplicaSequences _replica;
    private readonly int[][] _prompts;
    private readonly int[] _latest; // token by sequence
    private readonly bool[] _admitted;

    /// <exception cref="InsufficientMemoryException">The model does not fit into memory.</exception>
    public BenchSequences(IShardExecutorFactory executor, ModelCheckpoint checkpoint, ShardPlan plan, ModelBenchOptions options)
    {
        _options = options;
        _replica = new ReplicaSequences(
            executor, checkpoint, plan, options.Weights, options.KvCache, options.Sequences, options.Context, options.MaxBatchRows, options.Spin);
        var random = new Random(Seed);
        _prompts = [.. Enumerable.Range(0, options.Sequences).Select(_ => RandomTokens(random, options.Prompt, checkpoint.Config.VocabularySize))];
        _latest = new int[options.Sequences];
        _admitted = new bool[options.Sequences];
    }

    /// <summary>Blocks of both KV pools.</summary>
    public KvBlockCounts Blocks => _replica.Blocks;

    /// <summary>Runs a sequence's prompt, in chunks as large as a step, and returns the time to its first token.</summary>
    public TimeSpan Prefill(int sequence)
    {
        var started = Stopwatch.GetTimestamp();
        Restart(sequence);
        for (var start = 0; start < _options.Prompt;)
        {
            var rows = Math.Min(_replica.FreeRows, _options.Prompt - start);
            start += rows;
            _replica.Add(sequence, start - rows, rows, start == _options.Prompt ? ChunkFlags.Sample : ChunkFlags.None);
            Run();
        }

        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Takes the first sequences back to the end of their prompts, which have run: the token after it is known again.</summary>
    public void Rewind(int batch)
    {
        for (var sequence = 0; sequence < batch; sequence++)
        {
            Restart(sequence);
            _replica.Add(sequence, _options.Prompt - 1, 1, ChunkFlags.ReplayFirst | ChunkFlags.Sample);
        }

        Run();
    }

    /// <summary>Generates a token for each of the first sequences.</summary>
    /// <param name="generated">How many they have generated since <see cref="Rewind"/>.</param>
    public void Step(int batch, int generated)
    {
        for (var sequence = 0; sequence < batch; sequence++)
            _replica.Add(sequence, _options.Prompt + generated, 1, ChunkFlags.Sample, _latest[sequence]);
        Run();
    }

    public void Dispose() => _replica.Dispose();

    private void Restart(int sequence)
    {
        if (_admitted[sequence])
            _replica.Release(sequence);
        _replica.Admit(sequence, _prompts[sequence]);
        _admitted[sequence] = true;
    }

    private void Run()
    {
        foreach (ref readonly var sampled in _replica.Run().Sampled)
            _latest[sampled.Sequence] = sampled.Token;
    }

    private static int[] RandomTokens(Random random, int count, int vocabulary)
    {
        var tokens = new int[count];
        for (var i = 0; i < count; i++)
            tokens[i] = random.Next(vocabulary);
        return tokens;
    }
}

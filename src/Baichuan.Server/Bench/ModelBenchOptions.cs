using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Server.Bench;

/// <summary>What bench-model measures.</summary>
internal sealed record ModelBenchOptions
{
    public required string ModelFolder { get; init; }

    /// <summary>Tokens of a prompt.</summary>
    public required int Prompt { get; init; }

    /// <summary>Tokens that a sequence generates while the time is taken.</summary>
    public required int Generate { get; init; }

    /// <summary>Numbers of sequences that generate side by side.</summary>
    public required int[] Batches { get; init; }

    public required WeightType Weights { get; init; }

    public required KvType KvCache { get; init; }

    public required int TensorParallel { get; init; }

    public required int PipelineParallel { get; init; }

    /// <summary>Compute threads of each shard.</summary>
    public required int Threads { get; init; }

    public required int Repeats { get; init; }

    /// <summary>Most rows of a step, as the server deploys it.</summary>
    public required int MaxBatchRows { get; init; }

    /// <summary>Threads that compute at the same time: the stages of a pipeline take turns here, since one step runs at a time.</summary>
    public int BusyThreads => TensorParallel * Threads;

    /// <summary>Spinning for peers pays where every thread has a core.</summary>
    public bool Spin => BusyThreads <= Environment.ProcessorCount;

    /// <summary>The prompt, the token after it, and what is generated from there.</summary>
    public int Context => Prompt + 1 + Generate;

    public int Sequences => Batches.Max();

    /// <exception cref="ArgumentException">A number is out of its range.</exception>
    public void Check(ModelConfig config)
    {
        Check("--prompt", Prompt, config.MaxPositions);
        Check("--generate", Generate, config.MaxPositions);
        Check("--threads", Threads, 1024);
        Check("--repeats", Repeats, 1000);
        if (Context > config.MaxPositions)
            throw new ArgumentException($"--prompt {Prompt} and --generate {Generate} make sequences of {Context} tokens; the model's context has {config.MaxPositions}.");
        if (Sequences > MaxBatchRows)
            throw new ArgumentException($"--batch has the item {Sequences}; a step has at most {MaxBatchRows} rows.");
    }

    private static void Check(string option, int value, int most)
    {
        if (value < 1 || value > most)
            throw new ArgumentException($"{option} is {value}; it must be from 1 to {most}.");
    }
}

using Baichuan.Model.Plan;

namespace Baichuan.Benchmarks.ClusterOverhead;

/// <summary>What both sides run: the same shards, the same requests.</summary>
/// <param name="Model">Folder of the checkpoint.</param>
/// <param name="Prompt">Tokens of each prompt.</param>
/// <param name="Generate">Tokens of each completion.</param>
internal sealed record Workload(string Model, WeightType Weights, int Prompt, int Generate)
{
    public const int TensorParallel = 2;
    public const int MaxSequences = 32;
    public const int MaxBatchRows = 256;
    public const long KvCacheBytes = 256L << 20;

    /// <summary>The prompt of stream <paramref name="number"/>: token ids below <paramref name="vocabularySize"/> that no other stream begins with.</summary>
    public int[] PromptOf(int number, int vocabularySize)
    {
        var random = new Random(number);
        return [.. Enumerable.Range(0, Prompt).Select(_ => random.Next(3, vocabularySize))];
    }
}

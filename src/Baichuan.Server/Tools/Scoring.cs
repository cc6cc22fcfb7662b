using Baichuan.Compute;
using Baichuan.Compute.Local;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Server.Tools;

/// <summary>Runs a token list through a model whose shards are all in this process, and brings the logits of every position.</summary>
internal static class Scoring
{
    private const int ChunkRows = 128;
    private static readonly TimeSpan StepTimeout = TimeSpan.FromMinutes(10);

    /// <param name="onRow">Gets the logits [vocabulary] of each position, in order.</param>
    /// <exception cref="ArgumentException">The token list does not fit the model.</exception>
    public static void Run(
        ModelCheckpoint checkpoint, ShardPlan plan, IShardExecutorFactory executor, WeightType weights, KvType kvCache, ReadOnlySpan<int> tokens, Action<ReadOnlySpan<float>> onRow)
    {
        Check(checkpoint.Config, tokens);
        var blocks = KvBlockCounts.For(tokens.Length);
        var options = new ExecutorOptions
        {
            Weights = weights,
            KvCache = kvCache,
            Blocks = new KvBlockCounts(blocks, blocks),
            MaxSequences = 1,
            MaxBatchRows = ChunkRows,
            MaxContext = tokens.Length,
        };
        using var replica = new LocalReplica(executor, checkpoint, plan, options, StepTimeout);
        var batch = new StepBatchBuilder();
        batch.Admit(0, tokens.Length, tokens.Length, SamplingSettings.Greedy, tokens, []);
        foreach (var kind in Enum.GetValues<LayerKind>())
        {
            for (var block = 0; block < blocks; block++)
                batch.Change(0, kind, block, block);
        }

        ulong step = 0;
        for (var start = 0; start < tokens.Length; start += ChunkRows)
        {
            batch.Add(0, start, Math.Min(ChunkRows, tokens.Length - start), ChunkFlags.Logits, []);
            var result = replica.Run(batch.Build(1, step++));
            for (var row = 0; row < result.LogitRows.Length; row++)
                onRow(result.Logits(row));
        }
    }

    private static void Check(ModelConfig config, ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty || tokens.Length > config.MaxPositions)
            throw new ArgumentException($"--tokens has {tokens.Length} tokens; it must have 1 to {config.MaxPositions}, the model's context.");
        foreach (var token in tokens)
        {
            if (token < 0 || token >= config.VocabularySize)
                throw new ArgumentException($"--tokens has the token id {token}; ids of this model run from 0 to {config.VocabularySize - 1}.");
        }
    }
}

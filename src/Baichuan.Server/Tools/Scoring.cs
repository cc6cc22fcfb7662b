using Baichuan.Compute;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Server.Tools;

/// <summary>Runs token lists through a model whose shards are all in this process, several in a step, and brings the logits of every position.</summary>
internal static class Scoring
{
    // Their logits are held twice, as the executor's and as the answer: 64 MiB each for a vocabulary of 128 k.
    private const int StepRows = 128;

    private const int NoList = -1;

    /// <param name="lists">Not empty, none longer than the model's context.</param>
    /// <param name="onRow">Gets a list's number and the logits [vocabulary] of its next position.</param>
    public static void Run(
        ModelCheckpoint checkpoint, ShardPlan plan, IShardExecutorFactory executor, WeightType weights, KvType kvCache, IReadOnlyList<int[]> lists, Action<int, ReadOnlySpan<float>> onRow)
    {
        // As many at once as fill a step, and one that begins where another ends.
        var together = Math.Min(lists.Count, 1 + (int)(StepRows / Math.Max(1, lists.Average(list => list.Length))));
        using var sequences = new ReplicaSequences(executor, checkpoint, plan, weights, kvCache, together, lists.Max(list => list.Length), StepRows);
        var listOf = Enumerable.Repeat(NoList, together).ToArray();
        var done = new int[together];
        var next = 0;
        while (true)
        {
            for (var sequence = 0; sequence < together && sequences.FreeRows > 0; sequence++)
            {
                if (listOf[sequence] == NoList && next < lists.Count)
                {
                    (listOf[sequence], done[sequence]) = (next, 0);
                    sequences.Admit(sequence, lists[next++]);
                }

                if (listOf[sequence] == NoList)
                    continue;
                var rows = Math.Min(lists[listOf[sequence]].Length - done[sequence], sequences.FreeRows);
                sequences.Add(sequence, done[sequence], rows, ChunkFlags.Logits);
                done[sequence] += rows;
            }

            if (sequences.FreeRows == StepRows)
                return;
            var result = sequences.Run();
            for (var row = 0; row < result.LogitRows.Length; row++)
                onRow(listOf[result.LogitRows[row].Sequence], result.Logits(row));
            for (var sequence = 0; sequence < together; sequence++)
            {
                if (listOf[sequence] == NoList || done[sequence] < lists[listOf[sequence]].Length)
                    continue;
                sequences.Release(sequence);
                listOf[sequence] = NoList;
            }
        }
    }

    /// <summary>Checks a token list that a user wrote.</summary>
    /// <exception cref="ArgumentException">It does not fit the model.</exception>
    public static void Check(ModelConfig config, ReadOnlySpan<int> tokens)
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

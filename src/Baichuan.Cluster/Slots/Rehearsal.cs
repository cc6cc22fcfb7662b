using Baichuan.Compute;
using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Slots;

/// <summary>
/// Two steps of one sequence, alone: a spare slot runs them while it waits, so that its code is compiled and its memory touched before streams wait for it. Their numbers mean nothing.
/// </summary>
internal static class Rehearsal
{
    private const int MostRows = 64;

    /// <param name="executor">Is to be reset before it serves.</param>
    /// <param name="shard">Its index.</param>
    /// <param name="options">What it was loaded with.</param>
    public static void Run(IShardExecutor executor, int shard, ExecutorOptions options)
    {
        // Sampled, not greedy: it leaves no code out.
        var sampling = SamplingSettings.Greedy with { Temperature = 1, TopP = 0.5f };
        var blocks = Math.Min(KvBlockCounts.For(MostRows), Math.Min(options.Blocks.Global, options.Blocks.Sliding));
        var rows = Math.Min(Math.Min(options.MaxBatchRows, options.MaxContext), blocks * KvBlockCounts.BlockPositions) - 1;
        if (rows < 1)
            return;
        var peers = new NoPeers();
        var batch = new StepBatchBuilder();
        executor.Reset();
        batch.Admit(0, rows, rows + 1, sampling, new int[rows], []);
        for (var block = 0; block < blocks; block++)
        {
            batch.Change(0, LayerKind.Global, block, block);
            batch.Change(0, LayerKind.Sliding, block, block);
            if (options.KvCopies)
                batch.Restore(LayerKind.Global, block);
        }

        batch.Add(0, 0, rows, ChunkFlags.Sample, []);
        executor.Execute(batch.Build(1, 0, [shard, shard ^ 1]), peers); // blocks are taken, and given
        batch.Add(0, rows, 1, ChunkFlags.Sample, [0]);
        executor.Execute(batch.Build(1, 1), peers);
    }

    /// <summary>Stands in for the other shards: nothing comes from them.</summary>
    private sealed class NoPeers : IShardPeers
    {
        public TimeSpan Waited => TimeSpan.Zero;

        public void BeginStep(ulong epoch, ulong step)
        {
        }

        public void AllReduce(Span<float> values)
        {
        }

        public void Broadcast(Span<float> values)
        {
        }

        public void GatherToFirst(ReadOnlySpan<float> mine, Span<float> all, ReadOnlySpan<int> counts)
        {
            all.Clear();
            if (!all.IsEmpty) // rank 0
                mine.CopyTo(all);
        }

        public void ExchangeWithPartner(ReadOnlySpan<float> mine, Span<float> theirs) => theirs.Clear();

        public void ReceiveFromPreviousStage(Span<float> hidden) => hidden.Clear();

        public void SendToNextStage(ReadOnlySpan<float> hidden)
        {
        }
    }
}

using Baichuan.Compute;
using Baichuan.Compute.Local;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Testing;

/// <summary>
/// A whole replica in this process, one thread per shard, driven step by step by a test: admit sequences, add chunks, run. Hands out KV blocks as a
/// scheduler would, in a shuffled order if asked, and never takes one back but by <see cref="Release"/>.
/// </summary>
public sealed class ShardGroupRunner : IDisposable
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(60);

    private readonly ExecutorOptions _options;
    private readonly List<int>[] _free = [[], []];
    private readonly Dictionary<int, SequenceBlocks> _blocks = [];
    private readonly LocalReplica _replica;
    private ulong _epoch;
    private ulong _step;

    /// <param name="placementSeed">Shuffles the order in which blocks are handed out; null hands them out in order.</param>
    public ShardGroupRunner(
        IShardExecutorFactory factory, ModelCheckpoint checkpoint, int tensorParallel, int pipelineParallel, ExecutorOptions options, int? placementSeed = null)
    {
        _options = options;
        Plan = ShardPlan.Create(checkpoint.Config, tensorParallel, pipelineParallel);
        var random = placementSeed is { } seed ? new Random(seed) : null;
        foreach (var kind in Enum.GetValues<LayerKind>())
        {
            var blocks = Enumerable.Range(0, options.Blocks.Of(kind)).ToArray();
            random?.Shuffle(blocks);
            _free[(int)kind].AddRange(blocks);
        }

        _replica = new LocalReplica(factory, checkpoint, Plan, options, SafetyNet);
    }

    public ShardPlan Plan { get; }

    /// <summary>The orders of the next step; the methods below write to it.</summary>
    public StepBatchBuilder Batch { get; } = new();

    /// <summary>Admits a sequence with everything that is known of it.</summary>
    /// <param name="promptLength">Tokens of the prompt; null where all are.</param>
    /// <param name="cached">Blocks that hold its first positions already.</param>
    public void Admit(
        int sequence,
        int[] tokens,
        int? promptLength = null,
        SamplingSettings? sampling = null,
        int[]? stopTokens = null,
        SequenceBlocks? cached = null,
        TokenBias[]? biases = null)
    {
        Batch.Admit(sequence, promptLength ?? tokens.Length, _options.MaxContext, sampling ?? SamplingSettings.Greedy, tokens, stopTokens ?? [], biases ?? []);
        _blocks[sequence] = cached ?? new SequenceBlocks();
        foreach (var kind in Enum.GetValues<LayerKind>())
        {
            for (var i = 0; i < _blocks[sequence].Of(kind).Count; i++)
                Batch.Change(sequence, kind, i, _blocks[sequence].Of(kind)[i]);
        }
    }

    /// <summary>Adds a chunk, and the blocks that it needs.</summary>
    public void Chunk(int sequence, int start, int count, ChunkFlags flags = ChunkFlags.None, params int[] appended)
    {
        foreach (var kind in Enum.GetValues<LayerKind>())
        {
            var blocks = _blocks[sequence].Of(kind);
            while (blocks.Count < KvBlockCounts.For(start + count))
            {
                blocks.Add(_free[(int)kind][0]);
                _free[(int)kind].RemoveAt(0);
                Batch.Change(sequence, kind, blocks.Count - 1, blocks[^1]);
            }
        }

        Batch.Add(sequence, start, count, flags, appended);
    }

    /// <summary>Releases a sequence and its blocks.</summary>
    public void Release(int sequence)
    {
        var blocks = Detach(sequence);
        foreach (var kind in Enum.GetValues<LayerKind>())
            _free[(int)kind].AddRange(blocks.Of(kind));
    }

    /// <summary>Releases a sequence, but keeps its blocks for an admission that resumes from them.</summary>
    public SequenceBlocks Detach(int sequence)
    {
        Batch.Release(sequence);
        _blocks.Remove(sequence, out var blocks);
        return blocks!;
    }

    /// <summary>Runs the step on every shard and returns what rank 0 of the last stage answers.</summary>
    /// <exception cref="Exception">A shard's failure; one that is not a consequence of another's, if there is one. <see cref="Reset"/> comes next.</exception>
    public StepResult Run() => Run(Batch.Build(_epoch, _step++));

    /// <inheritdoc cref="Run()"/>
    public StepResult Run(StepBatch batch) => _replica.Run(batch);

    /// <summary>Opens a new epoch: no sequences, fresh channels.</summary>
    public void Reset()
    {
        _replica.Reset();
        foreach (var sequence in _blocks.Keys.ToList())
            Release(sequence);
        Batch.Clear();
        (_epoch, _step) = (_epoch + 1, 0);
    }

    public void Dispose() => _replica.Dispose();
}

using Baichuan.Compute;
using Baichuan.Compute.Local;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Server.Tools;

/// <summary>
/// Sequences that a tool runs in this process, step by step, on the executors of the cluster. Every sequence number has KV blocks of its own, enough for the
/// longest sequence: nobody has to plan them, and pools are resident only where they are written.
/// </summary>
internal sealed class ReplicaSequences : IDisposable
{
    private static readonly TimeSpan StepTimeout = TimeSpan.FromMinutes(10);

    private readonly LocalReplica _replica;
    private readonly StepBatchBuilder _batch = new();
    private readonly ExecutorOptions _options;
    private readonly int _blocks; // of a sequence, in either pool
    private ulong _step;

    /// <param name="sequences">Sequence numbers run from 0 to this minus 1.</param>
    /// <param name="context">Most tokens of a sequence.</param>
    /// <param name="batchRows">Most rows of a step.</param>
    /// <param name="spin">Wait for peers spinning before blocking.</param>
    /// <exception cref="InsufficientMemoryException">The model does not fit into memory.</exception>
    public ReplicaSequences(
        IShardExecutorFactory executor, ModelCheckpoint checkpoint, ShardPlan plan, WeightType weights, KvType kvCache, int sequences, int context, int batchRows, bool spin = false)
    {
        _blocks = KvBlockCounts.For(context);
        _options = new ExecutorOptions
        {
            Weights = weights,
            KvCache = kvCache,
            Blocks = new KvBlockCounts(sequences * _blocks, sequences * _blocks),
            MaxSequences = sequences,
            MaxBatchRows = batchRows,
            MaxContext = context,
        };
        _replica = new LocalReplica(executor, checkpoint, plan, _options, StepTimeout, spin);
    }

    public int Sequences => _options.MaxSequences;

    /// <summary>Blocks of both pools.</summary>
    public KvBlockCounts Blocks => _options.Blocks;

    /// <summary>Rows that the next step can still take.</summary>
    public int FreeRows => _options.MaxBatchRows - _batch.Rows;

    /// <summary>Begins a sequence: greedy, without stop tokens. What its number's blocks hold is still there.</summary>
    public void Admit(int sequence, ReadOnlySpan<int> tokens)
    {
        _batch.Admit(sequence, tokens.Length, _options.MaxContext, SamplingSettings.Greedy, tokens, []);
        for (var block = 0; block < _blocks; block++)
        {
            _batch.Change(sequence, LayerKind.Global, block, (sequence * _blocks) + block);
            _batch.Change(sequence, LayerKind.Sliding, block, (sequence * _blocks) + block);
        }
    }

    /// <summary>Ends a sequence; its number may be admitted again at once.</summary>
    public void Release(int sequence) => _batch.Release(sequence);

    /// <summary>Adds positions <paramref name="start"/> to start + count - 1 of a sequence to the next step.</summary>
    /// <param name="appended">Tokens that become known by it.</param>
    public void Add(int sequence, int start, int count, ChunkFlags flags, params ReadOnlySpan<int> appended) => _batch.Add(sequence, start, count, flags, appended);

    /// <summary>Runs the step.</summary>
    public StepResult Run() => _replica.Run(_batch.Build(1, _step++));

    public void Dispose() => _replica.Dispose();
}

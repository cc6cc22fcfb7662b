using System.Diagnostics;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Layers;
using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Sequences;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu;

/// <summary>
/// Runs one shard on the CPU with the project's own kernels. A row's results depend on its sequence alone: not on the rows beside it, the chunking, the
/// blocks' places, the threads, the pipeline, nor on whether 1, 2 or 4 ranks share the layers.
/// </summary>
public sealed class CpuExecutor : IShardExecutor
{
    private readonly NativeHeap _heap = new();
    private readonly ComputePool _pool;
    private readonly SequenceTable _sequences;
    private readonly StepRows _rows;
    private readonly DecoderStage _decoder;
    private readonly OutputStage? _output;
    private bool _disposed;

    internal CpuExecutor(
        KernelSet kernels, ComputePool pool, ModelCheckpoint checkpoint, ShardPlan plan, Shard shard, ExecutorOptions options, CancellationToken cancellation)
    {
        try
        {
            var weights = new WeightLoader(kernels, checkpoint, shard, options.Weights, _heap, pool, cancellation).Load();
            var buffers = new ActivationBuffers(_heap, plan.Config.HiddenSize, weights, options);
            _sequences = new SequenceTable(_heap, plan.Config, shard, options);
            _rows = new StepRows(options.MaxBatchRows);
            _decoder = new DecoderStage(kernels, pool, _heap, plan, shard, options, weights, buffers, _sequences, _rows);
            _output = shard.IsLastStage ? new OutputStage(kernels, pool, _heap, plan, shard, weights, buffers, _sequences, _rows) : null;
            _pool = pool;
            pool.OnCallerAdded();
        }
        catch
        {
            _heap.Dispose();
            throw;
        }
    }

    /// <summary>Native memory of the weights, KV pools and buffers together, as allocated; what was never touched is not resident.</summary>
    public long NativeBytes => _heap.Bytes;

    /// <inheritdoc/>
    public void Reset() => _sequences.Clear();

    /// <inheritdoc/>
    /// <remarks>The answer is the only thing that a step allocates: who gets it may keep it.</remarks>
    /// <exception cref="StepBatchException">The batch orders what cannot be done.</exception>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or infinite.</exception>
    public StepResult Execute(StepBatch batch, IShardPeers peers)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var started = Stopwatch.GetTimestamp();
        peers.BeginStep(batch.Epoch, batch.Step);
        _rows.Clear(batch.Rows);
        _sequences.Apply(batch);
        _decoder.Prepare(batch, peers);
        _sequences.Begin(batch, _rows, peers);
        if (_rows.Count > 0)
            _decoder.Run(peers);
        _output?.Run(peers);
        var waited = peers.Waited;
        var computed = Stopwatch.GetElapsedTime(started) - waited;
        return _output?.Result(batch, computed, waited) ?? StepResult.Create(batch.Epoch, batch.Step, computed, waited);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _pool.OnCallerRemoved();
        _heap.Dispose();
    }
}

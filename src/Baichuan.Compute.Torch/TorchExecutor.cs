using System.Diagnostics;
using Baichuan.Compute.Sequences;
using Baichuan.Compute.Torch.Step;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch;

/// <summary>
/// Runs one shard with ATen operators on its device, <c>cpu</c> or <c>cuda:n</c>: weights, KV pools, positions, slots and masks live there. Token ids and
/// block tables go in; partial sums, hidden states and the logits of the rows that were asked for pass through host memory, since
/// <see cref="IShardPeers"/> and the sampler work there.
/// </summary>
/// <remarks>
/// <para>Its promise, measured with libtorch 2.10 on a CPU with AVX-512: the same steps give the same bits again, wherever the blocks lie, for every number of
/// stages, and with one thread or two. What a row shares its step with, how its prompt is cut, and T may change last bits, since libtorch picks its
/// kernels by row count and each rank's partial sum is one product: by 1e-5 in logits of up to 5 between a prefill of 40 positions and 40 steps of one
/// (492 M weights in f32), by 5e-6 between T = 1 and T = 4. On CUDA nothing has been measured.</para>
/// <para>Every tensor of a step lives in the step's dispose scope or in one inside it; what is longer-lived was allocated while loading.</para>
/// </remarks>
public sealed class TorchExecutor : IShardExecutor
{
    private readonly NativeHeap _heap;
    private readonly SequenceTable _sequences;
    private readonly StepRows _rows;
    private readonly StepLayout _layout;
    private readonly ShardModel _model;
    private readonly PeerExchange _exchange;
    private readonly OutputStage? _output;
    private readonly torch.Tensor _hidden; // [MaxBatchRows, hidden]
    private readonly IDisposable[] _tensors;
    private bool _disposed;

    /// <param name="heap">For the sequences' state; the executor's from here on.</param>
    /// <param name="loading">The scope in which the model was loaded. Its tensors are the executor's from here on.</param>
    internal TorchExecutor(ShardPlan plan, Shard shard, ShardModel model, ExecutorOptions options, torch.Device device, NativeHeap heap, DisposeScope loading)
    {
        _heap = heap;
        _model = model;
        _sequences = new SequenceTable(heap, plan.Config, shard, options);
        _rows = new StepRows(options.MaxBatchRows);
        _layout = new StepLayout(plan.Config, shard.Layers, _sequences, zeroPair: options.MaxSequences, device);
        _hidden = torch.zeros([options.MaxBatchRows, plan.Config.HiddenSize], dtype: torch.ScalarType.Float32, device: device);
        var staging = new HostStaging(Math.Max(options.MaxBatchRows * plan.Config.HiddenSize, OutputStage.StagingValues(shard)));
        _exchange = new PeerExchange(plan, shard, staging);
        _output = model.Head is { } head ? new OutputStage(head, plan, shard, heap, staging, _sequences, _rows) : null;
        _tensors = [.. loading.DisposablesView];
        loading.Detach(_tensors);
    }

    /// <inheritdoc/>
    public void Reset() => _sequences.Clear();

    /// <inheritdoc/>
    /// <exception cref="StepBatchException">The batch orders what cannot be done.</exception>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or infinite.</exception>
    public StepResult Execute(StepBatch batch, IShardPeers peers)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var started = Stopwatch.GetTimestamp();
        peers.BeginStep(batch.Epoch, batch.Step);
        _rows.Clear(batch.Rows);
        _sequences.Apply(batch);
        Zero(batch.ZeroedBlocks);
        _sequences.Begin(batch, _rows, peers);
        _output?.Clear();
        if (_rows.Count > 0)
            Run(peers);
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
        foreach (var tensor in _tensors)
            tensor.Dispose();
        _heap.Dispose();
    }

    private void Run(IShardPeers peers)
    {
        using var inference = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        var step = _layout.Lay(_rows);
        var x = _hidden.narrow(0, 0, _rows.Count);
        Enter(x, step, peers);
        foreach (var layer in _model.Layers)
        {
            using var layerScope = torch.NewDisposeScope();
            _exchange.AddSum(x, layer.Attention.Partial(x, step), peers);
            _exchange.AddSum(x, layer.FeedForward.Partial(x), peers);
        }

        if (_output is not null)
            _output.Run(x, step, peers);
        else
            _exchange.Send(x, peers);
    }

    private void Zero(ReadOnlySpan<KvBlock> blocks)
    {
        using var inference = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        foreach (ref readonly var block in blocks)
        {
            foreach (var layer in _model.Layers)
                layer.Attention.Zero(block);
        }
    }

    private void Enter(torch.Tensor x, StepTensors step, IShardPeers peers)
    {
        if (_model.Embedding is null)
        {
            _exchange.Receive(x, peers);
            return;
        }

        x.zero_();
        _exchange.AddSum(x, _model.Embedding.Partial(step.Tokens), peers);
    }
}

using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.State;
using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Sequences;
using Baichuan.Compute.Threads;
using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Faults;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>
/// The decoder layers of one shard: takes the rows' hidden states from the embedding or the stage before, and leaves them in
/// <see cref="ActivationBuffers.Hidden"/> or hands them to the stage after. The story of a step; the jobs are its verbs.
/// </summary>
internal sealed unsafe class DecoderStage
{
    private readonly ComputePool _pool;
    private readonly Shard _shard;
    private readonly ShardWeights _weights;
    private readonly ActivationBuffers _buffers;
    private readonly StepRows _rows;
    private readonly RowTiles _tiles;
    private readonly SequenceTable _sequences;
    private readonly KvCopies? _copies; // null: none are kept

    // By layer.
    private readonly KvPool[] _caches;
    private readonly HeadTile[][] _heads;

    // By kind; null where the stage has no such layer.
    private readonly RotaryTable?[] _rotaries;

    private readonly EmbeddingJob? _embedding;
    private readonly NormJob _norm;
    private readonly ProductJob _product;
    private readonly KeyValueJob _keyValue;
    private readonly AttentionJob _attention;
    private readonly SiluJob _silu;

    public DecoderStage(
        KernelSet kernels, ComputePool pool, NativeHeap heap, ShardPlan plan, Shard shard, ExecutorOptions options, ShardWeights weights,
        ActivationBuffers buffers, SequenceTable sequences, StepRows rows)
    {
        (_pool, _shard, _weights, _buffers, _sequences, _rows) = (pool, shard, weights, buffers, sequences, rows);
        var config = plan.Config;
        _tiles = new RowTiles(options.MaxBatchRows);
        _caches = [.. weights.Layers.Select(l =>
            new KvPool(heap, options.KvCache, options.Blocks.Of(l.Kind), l.Cut.KvHeads.Count, l.Geometry.HeadDim, options.MaxSequences))];
        _copies = options.KvCopies && plan.PartnerOf(shard) is { } partner ? new KvCopies(heap, shard, partner, weights.Layers, _caches, options) : null;
        _heads = [.. weights.Layers.Select(HeadTile.Of)];
        _rotaries = [.. Enum.GetValues<LayerKind>().Select(kind => config.CountLayers(shard.Layers, kind) == 0
            ? null
            : new RotaryTable(heap, rows, options.MaxBatchRows, config.Attention(kind), config.RopeTheta))];
        _embedding = weights.Embedding is null ? null : new EmbeddingJob(pool, buffers, sequences, rows, weights.Embedding, shard.Vocabulary);
        _norm = new NormJob(kernels, pool, buffers, config.RmsNormEpsilon);
        _product = new ProductJob(kernels, pool, buffers.Coded);
        _keyValue = new KeyValueJob(kernels, pool, heap, buffers, sequences, rows, weights.Layers);
        _attention = new AttentionJob(kernels, pool, buffers, sequences, rows, _tiles, config, options.KvCache);
        _silu = new SiluJob(kernels, pool, buffers);
    }

    private Span<float> Hidden => new(_buffers.Hidden, _rows.Count * _buffers.HiddenSize);

    private Span<float> Delta => new(_buffers.Delta, _rows.Count * _buffers.HiddenSize);

    /// <summary>Restores a step's blocks, and zeroes others, in every layer of their kind.</summary>
    /// <exception cref="PeerException">A partner is lost.</exception>
    public void Prepare(StepBatch batch, IShardPeers peers)
    {
        _copies?.Restore(batch, peers);
        foreach (ref readonly var zeroed in batch.ZeroedBlocks)
        {
            for (var i = 0; i < _caches.Length; i++)
            {
                if (_weights.Layers[i].Kind == zeroed.Kind)
                    _caches[i].Zero(zeroed.Block);
            }

            _copies?.Zero(zeroed);
        }
    }

    /// <summary>Runs the step's rows through the layers.</summary>
    public void Run(IShardPeers peers)
    {
        _tiles.Cut(_rows);
        foreach (var rotary in _rotaries)
            rotary?.Compute(_pool);
        Enter(peers);
        for (var i = 0; i < _weights.Layers.Count; i++)
        {
            var layer = _weights.Layers[i];
            _norm.Run(_rows.Count, adds: i > 0, layer.InputNorm);
            Attend(layer, i);
            FaultPoint.Pass(FaultPoint.BeforeAllReduce);
            peers.AllReduce(Delta);
            FaultPoint.Pass(FaultPoint.AfterAllReduce);
            _norm.Run(_rows.Count, adds: true, layer.FfnNorm);
            FeedForward(layer);
            // Before the last operation that waits for every rank: who has run the step knows that all have its keys, values and copies.
            if (i == _weights.Layers.Count - 1)
                _copies?.Exchange(_rows, _sequences, peers);
            peers.AllReduce(Delta);
        }

        _norm.Run(_rows.Count, adds: true, weight: null);
        if (!_shard.IsLastStage && _shard.Rank == 0)
            peers.SendToNextStage(Hidden);
    }

    private void Enter(IShardPeers peers)
    {
        if (_embedding is not null)
        {
            _embedding.Run();
            peers.AllReduce(Hidden);
            return;
        }

        if (_shard.Rank == 0)
            peers.ReceiveFromPreviousStage(Hidden);
        peers.Broadcast(Hidden);
    }

    /// <summary>normed -> delta, of this rank's heads. All keys and values of the layer are in the cache before any row attends.</summary>
    private void Attend(LayerWeights layer, int index)
    {
        var hiddenSize = _buffers.HiddenSize;
        var (packed, context) = (layer.QueryKeyValue.Outputs, layer.AttentionOutput.Inputs);
        _product.Run(layer.QueryKeyValue, _buffers.Normed, hiddenSize, _rows.Count, _buffers.QueryKeyValue, packed);
        FaultPoint.Pass(FaultPoint.BeforeKvAppend);
        _keyValue.Run(layer, _caches[index], _rotaries[(int)layer.Kind]!);
        FaultPoint.Pass(FaultPoint.AfterKvAppend);
        _attention.Run(layer, _heads[index], _caches[index]);
        _product.Run(layer.AttentionOutput, _buffers.Context, context, _rows.Count, _buffers.Delta, hiddenSize);
    }

    /// <summary>normed -> delta, of this rank's columns.</summary>
    private void FeedForward(LayerWeights layer)
    {
        var hiddenSize = _buffers.HiddenSize;
        var inner = layer.GateUp.Outputs;
        for (var first = 0; first < _rows.Count; first += ActivationBuffers.FfnRows)
        {
            var rows = Math.Min(ActivationBuffers.FfnRows, _rows.Count - first);
            var offset = (nint)first * hiddenSize;
            _product.Run(layer.GateUp, _buffers.Normed + offset, hiddenSize, rows, _buffers.GateUp, inner);
            _silu.Run(rows, inner / 2);
            _product.Run(layer.Down, _buffers.GateUp, inner, rows, _buffers.Delta + offset, hiddenSize);
        }
    }
}

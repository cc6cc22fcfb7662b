using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Threads;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>Reads a shard's slices into native memory: panel by panel on the compute pool, converted on the way, so that nothing is held twice.</summary>
internal sealed unsafe class WeightLoader(
    KernelSet kernels, ModelCheckpoint checkpoint, Shard shard, WeightType type, NativeHeap heap, ComputePool pool, CancellationToken cancellation)
{
    private readonly ModelConfig _config = checkpoint.Config;
    private readonly Dictionary<string, TensorSlice> _slices = shard.Tensors.ToDictionary(t => t.Name);

    /// <exception cref="ModelFormatException">The checkpoint cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ShardWeights Load() => new()
    {
        Embedding = shard.IsFirstStage ? Embedding() : null,
        Layers = [.. Enumerable.Range(shard.Layers.Start, shard.Layers.Count).Select(Layer)],
        FinalNorm = shard.IsLastStage ? Vector(TensorNames.FinalNorm) : null,
        Head = shard.IsLastStage ? Head() : null,
    };

    private LayerWeights Layer(int layer)
    {
        var kind = _config.KindOf(layer);
        var geometry = _config.Attention(kind);
        var cut = shard.Attention(kind);
        return new LayerWeights
        {
            Kind = kind,
            Geometry = geometry,
            Cut = cut,
            InputNorm = Vector(TensorNames.InputNorm(layer)),
            QueryKeyValue = Matrix(TensorNames.QueryKeyValue(layer)),
            KeyConvolution = Vector(TensorNames.KeyConvolution(layer)),
            ValueConvolution = Vector(TensorNames.ValueConvolution(layer)),
            AttentionOutput = GroupedMatrix(TensorNames.AttentionOutput(layer), cut.GroupHeads.Select(g => g.Count * geometry.HeadDim)),
            FfnNorm = Vector(TensorNames.FfnNorm(layer)),
            GateUp = Matrix(TensorNames.Gate(layer), TensorNames.Up(layer)),
            Down = GroupedMatrix(TensorNames.Down(layer), shard.FfnGroups.Select(g => g.Count)),
        };
    }

    private EmbeddingTable Embedding()
    {
        var slice = _slices[TensorNames.Embedding];
        var table = new EmbeddingTable(heap, type.OfEmbedding(), slice.RowCount, _config.HiddenSize);
        new EmbeddingReadJob(checkpoint, slice, table, cancellation).Run(pool);
        return table;
    }

    /// <summary>A matrix of one group: the slices of one or several tensors, one below the other.</summary>
    private WeightMatrix Matrix(params ReadOnlySpan<string> names) => Read(names, [_config.HiddenSize]);

    private WeightMatrix GroupedMatrix(string name, IEnumerable<int> groupInputs) => Read([name], [.. groupInputs]);

    /// <summary>The head's rows are normalised by a factor beside each row, from the row as it is stored: nothing is rounded twice.</summary>
    private WeightMatrix Head() => Read([TensorNames.Head], [_config.HiddenSize], hasFactors: true);

    private WeightMatrix Read(ReadOnlySpan<string> names, ReadOnlySpan<int> groupInputs, bool hasFactors = false)
    {
        var slices = new List<TensorSlice>();
        foreach (var name in names)
            slices.Add(_slices[name]);
        var outputs = slices.Sum(s => s.RowCount);
        var matrix = new WeightMatrix(heap, type, outputs, groupInputs) { OutputFactors = hasFactors ? heap.Allocate<float>(outputs) : null };
        new PanelReadJob(kernels, checkpoint, slices, matrix, cancellation).Run(pool);
        return matrix;
    }

    /// <summary>A slice of a few values, always in f32: a norm or the factors of a convolution.</summary>
    private float* Vector(string name)
    {
        var slice = _slices[name];
        var values = heap.Allocate<float>(slice.ElementCount);
        checkpoint.ReadRows(slice, 0, slice.RowCount, new Span<float>(values, (int)slice.ElementCount));
        return values;
    }
}

using Baichuan.Compute.Threads;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>Reads a shard's slices into native memory: tile by tile on the compute pool, converted on the way, so that nothing is held twice.</summary>
internal sealed unsafe class WeightLoader(ModelCheckpoint checkpoint, Shard shard, WeightType type, NativeHeap heap, ComputePool pool, CancellationToken cancellation)
{
    private readonly ModelConfig _config = checkpoint.Config;
    private readonly Dictionary<string, TensorSlice> _slices = shard.Tensors.ToDictionary(t => t.Name);

    /// <exception cref="ModelFormatException">The checkpoint cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ShardWeights Load() => new()
    {
        Embedding = shard.IsFirstStage ? Matrix(TensorNames.Embedding) : null,
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
            AttentionOutput = GroupedMatrix(TensorNames.AttentionOutput(layer), [.. cut.GroupHeads.Select(g => Scale(g, geometry.HeadDim))]),
            FfnNorm = Vector(TensorNames.FfnNorm(layer)),
            GateUp = Matrix(TensorNames.Gate(layer), TensorNames.Up(layer)),
            Down = GroupedMatrix(TensorNames.Down(layer), shard.FfnGroups),
        };
    }

    /// <summary>A matrix of one group: the slices of one or several tensors, one below the other.</summary>
    private WeightMatrix Matrix(params ReadOnlySpan<string> names)
    {
        var rows = 0;
        foreach (var name in names)
            rows += _slices[name].RowCount;
        var matrix = new WeightMatrix(heap, type, rows, [_config.HiddenSize]);
        var elementBytes = type == WeightType.BF16 ? 2 : 4;
        var destination = matrix.Groups[0].Data;
        foreach (var name in names)
        {
            Read(_slices[name], destination);
            destination += (nint)(_slices[name].ElementCount * elementBytes);
        }

        return matrix;
    }

    private WeightMatrix GroupedMatrix(string name, IReadOnlyList<IndexRange> groups)
    {
        var slice = _slices[name];
        var matrix = new WeightMatrix(heap, type, slice.RowCount, [.. groups.Select(g => g.Count)]);
        for (var g = 0; g < groups.Count; g++)
            Read(slice with { Columns = groups[g] }, matrix.Groups[g].Data);
        return matrix;
    }

    /// <summary>The head's rows are normalised by a factor beside each row, from the row as it is stored: nothing is rounded twice.</summary>
    private WeightMatrix Head()
    {
        var slice = _slices[TensorNames.Head];
        var matrix = new WeightMatrix(heap, type, slice.RowCount, [_config.HiddenSize]) { RowFactors = heap.Allocate<float>(slice.RowCount) };
        Read(slice, matrix.Groups[0].Data, matrix.RowFactors);
        return matrix;
    }

    private void Read(TensorSlice slice, nint destination, float* inverseNorms = null) =>
        new MatrixReadJob(checkpoint, cancellation) { Slice = slice, Type = type, Destination = destination, InverseNorms = inverseNorms }.Run(pool);

    /// <summary>A slice of a few values, always in f32: a norm or the factors of a convolution.</summary>
    private float* Vector(string name)
    {
        var slice = _slices[name];
        var values = heap.Allocate<float>(slice.ElementCount);
        checkpoint.ReadRows(slice, 0, slice.RowCount, new Span<float>(values, (int)slice.ElementCount));
        return values;
    }

    private static IndexRange Scale(IndexRange heads, int headDim) => new(heads.Start * headDim, heads.End * headDim);
}

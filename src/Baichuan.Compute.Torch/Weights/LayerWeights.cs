using Baichuan.Model;
using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch.Weights;

/// <summary>One decoder layer's share of a rank, on its device.</summary>
internal sealed class LayerWeights(SliceLoader loader, ModelConfig config, int layer, torch.ScalarType type)
{
    public LayerKind Kind { get; } = config.KindOf(layer);

    /// <summary>[hidden]</summary>
    public torch.Tensor InputNorm { get; } = loader.Vector(TensorNames.InputNorm(layer));

    /// <summary>[q | k | v] of the rank's heads: [(heads + 2 * kvHeads) * headDim, hidden]</summary>
    public torch.Tensor QueryKeyValue { get; } = loader.Matrix(TensorNames.QueryKeyValue(layer), type);

    /// <summary>Factors of position t - 1 and of t, of keys then values: [2, 2, kvHeads, 1]</summary>
    public torch.Tensor Convolution { get; } = loader.Convolutions(TensorNames.KeyConvolution(layer), TensorNames.ValueConvolution(layer));

    /// <summary>[hidden, heads * headDim]</summary>
    public torch.Tensor AttentionOutput { get; } = loader.Matrix(TensorNames.AttentionOutput(layer), type);

    /// <summary>[hidden]</summary>
    public torch.Tensor FfnNorm { get; } = loader.Vector(TensorNames.FfnNorm(layer));

    /// <summary>[ffnColumns, hidden]</summary>
    public torch.Tensor Gate { get; } = loader.Matrix(TensorNames.Gate(layer), type);

    /// <summary>[ffnColumns, hidden]</summary>
    public torch.Tensor Up { get; } = loader.Matrix(TensorNames.Up(layer), type);

    /// <summary>[hidden, ffnColumns]</summary>
    public torch.Tensor Down { get; } = loader.Matrix(TensorNames.Down(layer), type);
}

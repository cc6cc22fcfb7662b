using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>A rank's part of one decoder layer.</summary>
internal sealed unsafe class LayerWeights
{
    public required LayerKind Kind { get; init; }

    public required AttentionGeometry Geometry { get; init; }

    public required AttentionCut Cut { get; init; }

    /// <summary>[hidden]</summary>
    public required float* InputNorm { get; init; }

    /// <summary>[heads * headDim + 2 * kvHeads * headDim, hidden]: q, k and v one after the other.</summary>
    public required WeightMatrix QueryKeyValue { get; init; }

    /// <summary>[kvHeads, 2]: the factors of the previous and of the current position.</summary>
    public required float* KeyConvolution { get; init; }

    /// <inheritdoc cref="KeyConvolution"/>
    public required float* ValueConvolution { get; init; }

    /// <summary>[hidden, heads * headDim], by groups.</summary>
    public required WeightMatrix AttentionOutput { get; init; }

    /// <summary>[hidden]</summary>
    public required float* FfnNorm { get; init; }

    /// <summary>[2 * ffn, hidden]: gate, then up.</summary>
    public required WeightMatrix GateUp { get; init; }

    /// <summary>[hidden, ffn], by groups.</summary>
    public required WeightMatrix Down { get; init; }
}

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>Everything that a shard holds of the model.</summary>
internal sealed unsafe class ShardWeights
{
    /// <summary>[rank's vocabulary, hidden]; on the first stage only.</summary>
    public required WeightMatrix? Embedding { get; init; }

    /// <summary>The layers of the stage, in order.</summary>
    public required IReadOnlyList<LayerWeights> Layers { get; init; }

    /// <summary>[hidden]; on the last stage only.</summary>
    public required float* FinalNorm { get; init; }

    /// <summary>[rank's vocabulary, hidden] with 1 / ||row|| as row factors; on the last stage only.</summary>
    public required WeightMatrix? Head { get; init; }
}

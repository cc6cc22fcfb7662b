namespace Baichuan.Compute.Cpu.Weights;

/// <summary>Everything that a shard holds of the model.</summary>
internal sealed unsafe class ShardWeights
{
    /// <summary>[rank's vocabulary, hidden]; on the first stage only.</summary>
    public required EmbeddingTable? Embedding { get; init; }

    /// <summary>The layers of the stage, in order.</summary>
    public required IReadOnlyList<LayerWeights> Layers { get; init; }

    /// <summary>[hidden]; on the last stage only.</summary>
    public required float* FinalNorm { get; init; }

    /// <summary>[rank's vocabulary, hidden] with 1 / ||row|| as output factors; on the last stage only.</summary>
    public required WeightMatrix? Head { get; init; }

    /// <summary>Every matrix that takes part in a product.</summary>
    public IEnumerable<WeightMatrix> Matrices =>
        Layers.SelectMany(l => (WeightMatrix[])[l.QueryKeyValue, l.AttentionOutput, l.GateUp, l.Down]).Concat(Head is null ? [] : [Head]);
}

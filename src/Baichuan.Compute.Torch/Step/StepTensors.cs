using Baichuan.Model;
using TorchSharp;

namespace Baichuan.Compute.Torch.Step;

/// <summary>One step's rows on the device, as the layers use them; every index list is int64. Lives in the step's dispose scope.</summary>
internal sealed record StepTensors
{
    /// <summary>Token id of each row: [rows].</summary>
    public required torch.Tensor Tokens { get; init; }

    /// <summary>The rows whose keys and values are written: [written]; null where all are.</summary>
    public required torch.Tensor? WrittenRows { get; init; }

    /// <summary>The rows whose logits are formed, in batch order: [outputs].</summary>
    public required torch.Tensor OutputRows { get; init; }

    /// <summary>The first row of each chunk: [chunks].</summary>
    public required torch.Tensor FirstRows { get; init; }

    /// <summary>The last row of each chunk: [chunks].</summary>
    public required torch.Tensor LastRows { get; init; }

    /// <summary>The raw pair that precedes each chunk: [chunks].</summary>
    public required torch.Tensor PairsBefore { get; init; }

    /// <summary>The sequence of each chunk, where the raw pair of its last row is kept: [chunks].</summary>
    public required torch.Tensor Sequences { get; init; }

    /// <summary>Null where the stage has no layers of the kind.</summary>
    public required KindTensors? Global { get; init; }

    /// <inheritdoc cref="Global"/>
    public required KindTensors? Sliding { get; init; }

    public KindTensors Of(LayerKind kind) =>
        (kind == LayerKind.Global ? Global : Sliding) ?? throw new InvalidOperationException($"The shard was laid out without {kind} layers.");
}

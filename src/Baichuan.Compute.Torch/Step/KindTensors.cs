using Baichuan.Compute.Torch.Layers;
using TorchSharp;

namespace Baichuan.Compute.Torch.Step;

/// <summary>What all layers of one kind share in a step, on the device.</summary>
/// <param name="WrittenSlots">The slots that take the step's keys and values, by written row: [written], int64.</param>
internal sealed record KindTensors(Rotary Rotary, torch.Tensor WrittenSlots, IReadOnlyList<ChunkTensors> Chunks);

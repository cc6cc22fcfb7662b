using TorchSharp;

namespace Baichuan.Compute.Torch.Step;

/// <summary>What the rows of one chunk see in the layers of one kind, on the device.</summary>
/// <param name="Row">The chunk's first row in the batch.</param>
/// <param name="Count">Its rows.</param>
/// <param name="VisibleSlots">The slots of every position that at least one of its rows sees, in order of position: [positions], int64.</param>
/// <param name="Mask">True where a row sees a position: [rows, positions]; null where every row sees all.</param>
internal sealed record ChunkTensors(int Row, int Count, torch.Tensor VisibleSlots, torch.Tensor? Mask);

using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>A block whose contents the lost shards of <see cref="StepBatch.LostShards"/> do not have: each takes its own, and the copy that it keeps for its partner, from that.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct RestoredBlock(LayerKind Kind, int Block);

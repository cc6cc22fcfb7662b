using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>Every byte of a block becomes 0 before the chunks of the step: it comes from another tenant, or nobody knows from whom.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ZeroedBlock(LayerKind Kind, int Block);

using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>A block of the pool of one layer kind.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct KvBlock(LayerKind Kind, int Block);

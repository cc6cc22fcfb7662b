using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>Entry <see cref="Index"/> of a sequence's block table of one kind becomes <see cref="Block"/>. Applied before the chunks of the step.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BlockChange
{
    public int Sequence;
    public LayerKind Kind;

    /// <summary>Position / 16.</summary>
    public int Index;

    /// <summary>Block id in the replica's pool of that kind.</summary>
    public int Block;
}

using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>What a block holds once a step has run, for whoever coordinates after the one that knows: the scheduler's name of 16 tokens behind a certain history. 0: nothing that has a name.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct NamedBlock(LayerKind Kind, int Block, ulong Upper, ulong Lower)
{
    public NamedBlock(LayerKind kind, int block, UInt128 name)
        : this(kind, block, (ulong)(name >> 64), (ulong)name)
    {
    }

    public UInt128 Name => new(Upper, Lower);
}

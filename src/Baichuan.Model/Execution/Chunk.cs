using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>A run of consecutive positions of one sequence in a step: one row of the batch each. A decode row is a chunk of one.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Chunk
{
    /// <summary>The sequence's number in its replica, from 0 to the most sequences - 1; reused after a release.</summary>
    public int Sequence;

    /// <summary>Position of the first row. Rows follow their predecessors: raw k, v of position Start - 1 are at hand, unless Start is 0 or the
    /// first row is replayed.</summary>
    public int Start;

    /// <summary>Rows: positions Start .. Start + Count - 1.</summary>
    public int Count;

    public ChunkFlags Flags;

    /// <summary>Tokens that this chunk makes known, in <see cref="StepBatch.AppendedTokens"/>: they go to the end of the sequence's token list
    /// before its rows run. A row's token is always the one at its position in that list.</summary>
    public int AppendedOffset;

    /// <inheritdoc cref="AppendedOffset"/>
    public int AppendedCount;
}

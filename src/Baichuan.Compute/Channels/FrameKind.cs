namespace Baichuan.Compute.Channels;

/// <summary>What the values of a frame are for.</summary>
internal enum FrameKind : byte
{
    /// <summary>First half of an all-reduce: a rank's partial values of the range that the receiver adds up.</summary>
    ReduceScatter = 1,

    /// <summary>Second half of an all-reduce: the finished sums of the sender's range.</summary>
    AllGather = 2,

    Broadcast = 3,

    Gather = 4,

    /// <summary>Hidden states from one stage to the next.</summary>
    HiddenStates = 5,

    /// <summary>The whole of a small all-reduce: all of a rank's partial values.</summary>
    Exchange = 6,

    /// <summary>Keys and values for the partner.</summary>
    Copy = 7,

    /// <summary>Bytes of a step's order, from rank 0 to the others.</summary>
    Order = 8,
}

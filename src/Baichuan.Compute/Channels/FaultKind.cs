namespace Baichuan.Compute.Channels;

/// <summary>How a shard fell out of its epoch.</summary>
internal enum FaultKind : byte
{
    /// <summary>Its process closed its peers.</summary>
    Closed = 1,

    /// <summary>Its connection ended: the process died, or the network did.</summary>
    Lost = 2,

    /// <summary>It did not do its part by the deadline.</summary>
    Silent = 3,

    /// <summary>It sent something else than was expected.</summary>
    OutOfStep = 4,
}

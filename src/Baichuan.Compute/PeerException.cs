namespace Baichuan.Compute;

/// <summary>A peer is lost, silent or out of step. The message names it (stage, rank, address), the operation and the limit; the epoch cannot go on.</summary>
public sealed class PeerException(int shard, string peer, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Who failed, as shard index (stage * T + rank).</summary>
    public int Shard { get; } = shard;

    /// <summary>Who failed, as stage, rank and address.</summary>
    public string Peer { get; } = peer;

    /// <summary>It did not do its part in time. It may itself have waited for another, who is then to blame.</summary>
    public bool IsSilence { get; init; }
}

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>What a connection that has not proved anything yet may cost.</summary>
internal sealed record HandshakeLimits
{
    /// <summary>For each half of a handshake: up to the greeting, and from the challenge to the last proof.</summary>
    public TimeSpan Exchange { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a connection may wait for an epoch that this process has not been told of: the shards of a replica start at different times.</summary>
    public TimeSpan EarlyConnection { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections that are in a handshake or wait; more are closed at once, and their shards try again.</summary>
    public int Pending { get; init; } = 64;
}

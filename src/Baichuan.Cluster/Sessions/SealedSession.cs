namespace Baichuan.Cluster.Sessions;

/// <summary>A session as it is stored: AES-256-GCM, bound to the session's key, which names its tenant.</summary>
[GenerateSerializer]
public sealed class SealedSession
{
    /// <summary>Name of the key that it was sealed with.</summary>
    [Id(0)] public string KeyName { get; set; } = "";

    /// <summary>12 random bytes.</summary>
    [Id(1)] public byte[] Nonce { get; set; } = [];

    [Id(2)] public byte[] Text { get; set; } = [];

    /// <summary>16 bytes.</summary>
    [Id(3)] public byte[] Tag { get; set; } = [];
}

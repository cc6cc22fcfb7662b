using System.Security.Cryptography;
using System.Text;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>One epoch of one replica.</summary>
/// <param name="ReplicaDigest">SHA-256 of the replica's id, in hex: ids of any length take the same room in a greeting.</param>
internal readonly record struct EpochKey(string ReplicaDigest, ulong Number)
{
    public static EpochKey Of(string replicaId, ulong number) => new(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(replicaId))), number);
}

using System.Security.Cryptography;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// Names a checkpoint's contents: SHA-256 over config.json, every file's header, and the first and last 4 KiB of every tensor. Hashing all
/// weights would cost minutes at each start of a large model, so a flipped byte in the middle of a tensor does not show here.
/// </summary>
internal static class CheckpointDigest
{
    private const int EdgeBytes = 4 << 10;

    /// <returns>64 lower-case hex digits.</returns>
    /// <param name="files">In the order of their names.</param>
    public static string Compute(byte[] configHash, IEnumerable<SafetensorsFile> files, IEnumerable<StoredTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(configHash);
        foreach (var file in files)
            hash.AppendData(file.HeaderHash);
        var edge = new byte[EdgeBytes];
        foreach (var tensor in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            // The header fixes every tensor's name, size and place, so the edges need no separators.
            var first = (int)Math.Min(EdgeBytes, tensor.ByteCount);
            Append(hash, tensor, 0, edge.AsSpan(0, first));
            var last = (int)Math.Min(EdgeBytes, tensor.ByteCount - first);
            Append(hash, tensor, tensor.ByteCount - last, edge.AsSpan(0, last));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, StoredTensor tensor, long position, Span<byte> buffer)
    {
        tensor.File.Read(buffer, tensor.Offset + position, tensor.Name);
        hash.AppendData(buffer);
    }
}

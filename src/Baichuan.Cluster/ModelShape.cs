using System.Security.Cryptography;
using System.Text;
using Baichuan.Model;

namespace Baichuan.Cluster;

/// <summary>
/// What tells an upgrade from a mistake: weights of another version have the geometry and the tokenizer of those before. A coordinator plans for shards of either, and token ids mean the same to both; of
/// anything else that serves under the same name, the answers would be noise.
/// </summary>
public static class ModelShape
{
    /// <summary>16 hexadecimal digits: the start of a SHA-256 over the numbers of config.json that shards are cut by and compute with, and over tokenizer.json, if there is one.</summary>
    public static string IdOf(ModelConfig config, string folder)
    {
        var kinds = string.Concat(Enumerable.Range(0, config.LayerCount).Select(layer => config.KindOf(layer) == LayerKind.Global ? 'g' : 's'));
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        var words = File.Exists(tokenizer) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(tokenizer))) : "";
        var text = FormattableString.Invariant(
            $"{config.VocabularySize}\n{config.HiddenSize}\n{config.IntermediateSize}\n{config.Global}\n{config.Sliding}\n{config.SlidingWindow}\n{config.RopeTheta}\n{config.RmsNormEpsilon}\n{kinds}\n{words}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }
}

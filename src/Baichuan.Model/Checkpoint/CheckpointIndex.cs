using System.Text.Json;
using static Baichuan.Model.Checkpoint.TensorNameText;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// Which file holds which tensor: model.safetensors.index.json, {"metadata": ..., "weight_map": {tensor: file name}}. File names are bare names
/// inside the checkpoint's folder.
/// </summary>
internal static class CheckpointIndex
{
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Longest index that is read.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>Reads an index: tensor name to file name.</summary>
    /// <exception cref="ModelFormatException">It is too long, not JSON, states a tensor twice, or names a file outside the folder.</exception>
    public static Dictionary<string, string> Load(string path)
    {
        byte[] json;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MaxBytes)
                throw new ModelFormatException(path, $"has {length} bytes; at most {MaxBytes} (16 MiB) are read");
            json = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, $"cannot be read: {e.Message}", e);
        }

        return Parse(json, path);
    }

    /// <inheritdoc cref="Load"/>
    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> json, string path)
    {
        try
        {
            return ParseMap(json, path);
        }
        catch (JsonException e)
        {
            throw new ModelFormatException(path, $"is not valid JSON ({JsonPosition.Of(e)})", e);
        }
        catch (InvalidOperationException e)
        {
            // The reader's answer to a string that is not UTF-8 or holds half a surrogate pair.
            throw new ModelFormatException(path, "has a string that is not valid Unicode", e);
        }
    }

    private static Dictionary<string, string> ParseMap(ReadOnlySpan<byte> json, string path)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new ModelFormatException(path, "must be a JSON object with a \"weight_map\"");
        Dictionary<string, string>? map = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMap = reader.ValueTextEquals("weight_map"u8);
            reader.Read();
            if (!isMap)
                reader.Skip();
            else if (map is null)
                map = ParseWeightMap(ref reader, path);
            else
                throw new ModelFormatException(path, "states \"weight_map\" twice");
        }

        reader.Read();
        return map ?? throw new ModelFormatException(path, "has no \"weight_map\"; it must map tensor names to file names");
    }

    private static Dictionary<string, string> ParseWeightMap(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new ModelFormatException(path, "has a \"weight_map\" that is not an object; it must map tensor names to file names");
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var tensor = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw new ModelFormatException(path, $"maps tensor {Quote(tensor)} to a {reader.TokenType}; it must be a file name");
            var name = reader.GetString()!;
            if (!IsBareName(name))
            {
                throw new ModelFormatException(
                    path, $"maps tensor {Quote(tensor)} to {Quote(name)}; it must be the name of a *.safetensors file in the same folder, without a path");
            }

            if (!map.TryAdd(tensor, name))
                throw new ModelFormatException(path, $"states the tensor {Quote(tensor)} twice");
        }

        return map;
    }

    private static bool IsBareName(string name) =>
        name.Length <= 255
        && name.EndsWith(".safetensors", StringComparison.Ordinal)
        && !name.Any(c => c is '/' or '\\' or ':' || char.IsControl(c));
}

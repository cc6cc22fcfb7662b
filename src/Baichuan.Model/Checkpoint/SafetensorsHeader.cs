using System.Text.Json;
using static Baichuan.Model.Checkpoint.TensorNameText;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// Reads the JSON header of a safetensors file: {"__metadata__": {text: text}, name: {"dtype", "shape", "data_offsets": [begin, end]}, ...}. A
/// forward reader rather than a document, so that a key that stands twice is seen. Format: https://github.com/huggingface/safetensors.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>Longest header that is read; the format's own limit is higher, but 16 MiB name a hundred thousand tensors.</summary>
    public const int MaxBytes = 16 << 20;

    private const int MaxRank = 8;
    private const string MetadataKey = "__metadata__";

    /// <summary>The tensors in the header's order, without two of one name.</summary>
    /// <exception cref="ModelFormatException">The header is not of the shape above; the message names the tensor where there is one.</exception>
    public static List<HeaderEntry> Parse(ReadOnlySpan<byte> json, string file)
    {
        try
        {
            return ParseEntries(json, file);
        }
        catch (JsonException e)
        {
            throw new ModelFormatException(file, $"has a header that is not valid JSON ({JsonPosition.Of(e)})", e);
        }
        catch (InvalidOperationException e)
        {
            // The reader's answer to a string that is not UTF-8 or holds half a surrogate pair.
            throw new ModelFormatException(file, "has a header with a string that is not valid Unicode", e);
        }
    }

    private static List<HeaderEntry> ParseEntries(ReadOnlySpan<byte> json, string file)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new ModelFormatException(file, "has a header that is not a JSON object; it must map tensor names to dtype, shape and data_offsets");
        var entries = new List<HeaderEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
                throw new ModelFormatException(file, $"states the tensor {Quote(name)} twice in its header; each name must stand once");
            reader.Read();
            if (name == MetadataKey)
                SkipMetadata(ref reader, file);
            else
                entries.Add(ParseEntry(ref reader, name, file));
        }

        // Whatever follows the object makes the reader throw.
        reader.Read();
        return entries;
    }

    private static void SkipMetadata(ref Utf8JsonReader reader, string file)
    {
        var isMap = reader.TokenType == JsonTokenType.StartObject;
        while (isMap && reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            reader.Read();
            isMap = reader.TokenType == JsonTokenType.String;
        }

        if (!isMap)
            throw new ModelFormatException(file, $"has a header whose \"{MetadataKey}\" is not a map of text to text");
    }

    private static HeaderEntry ParseEntry(ref Utf8JsonReader reader, string name, string file)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Refuse(name, file, $"is a {reader.TokenType} in the header; it must be an object with dtype, shape and data_offsets");
        string? type = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString();
            reader.Read();
            switch (field)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ParseSizes(ref reader, MaxRank)
                        ?? throw Refuse(name, file, $"has a shape that is not a list of at most {MaxRank} whole numbers from 0");
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseSizes(ref reader, 2);
                    break;
                default:
                    throw Refuse(name, file, $"has a field {Quote(field!)} that stands twice, is of a wrong kind or is none of dtype, shape and data_offsets");
            }
        }

        if (type is null || shape is null)
            throw Refuse(name, file, "has no dtype or no shape in the header");
        if (offsets is not [var begin, var end] || begin > end)
            throw Refuse(name, file, "has data_offsets that are not two whole numbers, begin and end, with begin not above end");
        return new HeaderEntry(name, type, shape, begin, end);
    }

    private static long[]? ParseSizes(ref Utf8JsonReader reader, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return null;
        var sizes = new List<long>(most);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (sizes.Count == most || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size) || size < 0)
                return null;
            sizes.Add(size);
        }

        return [.. sizes];
    }

    private static ModelFormatException Refuse(string name, string file, string what) => new(file, $"tensor {Quote(name)} {what}");
}

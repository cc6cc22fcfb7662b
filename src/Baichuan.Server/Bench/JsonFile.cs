using System.Text.Json;
using System.Text.Json.Serialization;

namespace Baichuan.Server.Bench;

/// <summary>Writes what a tool found out for other programs: names in snake_case, enums in lower case.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(LowerCase.Instance) },
    };

    public static void Write<T>(string path, IReadOnlyList<T> rows) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(rows, Format));

    // BF16 is one word: bf16.
    private sealed class LowerCase : JsonNamingPolicy
    {
        public static readonly LowerCase Instance = new();

        public override string ConvertName(string name) => name.ToLowerInvariant();
    }
}

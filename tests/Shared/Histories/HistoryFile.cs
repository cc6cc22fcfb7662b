using System.Text.Json;
using System.Text.Json.Serialization;

namespace Baichuan.Testing.Histories;

/// <summary>A history as a file: a JSON object for each event, one on a line.</summary>
internal static class HistoryFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static string ToLine(HistoryEvent happened) => JsonSerializer.Serialize(happened, Json);

    public static IEnumerable<HistoryEvent> Read(string file) => File.ReadLines(file).Select(Parse);

    /// <exception cref="JsonException">It is no event.</exception>
    public static HistoryEvent Parse(string line) => JsonSerializer.Deserialize<HistoryEvent>(line, Json) ?? throw new JsonException("A line of the history is null.");
}

using System.Text.Json;

namespace Baichuan.Chaos;

/// <summary>What a run found, as it is written to its JSON file.</summary>
/// <param name="Faults">Those that count: the process had a part in a live stream, and a stream stood still.</param>
internal sealed record ChaosFigures(
    int Faults, int Streams, int Failed, long LostTokens, long DoubleTokens, int HashMismatches, double StallP99Seconds, double StallMaxSeconds)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public override string ToString() => JsonSerializer.Serialize(this, Json);
}

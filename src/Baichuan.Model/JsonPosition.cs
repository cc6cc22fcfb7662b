using System.Text.Json;

namespace Baichuan.Model;

/// <summary>Where JSON went wrong. The library's own message may quote the file at any length, so it is not passed on.</summary>
internal static class JsonPosition
{
    public static string Of(JsonException e) => $"line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}";
}

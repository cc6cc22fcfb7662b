namespace Baichuan.Testing.Hostility;

/// <summary>What came back.</summary>
/// <param name="Status">In words, such as "grpc 3", "http 400", "goaway 1".</param>
/// <param name="IsAccepted">It was a good request after all, and its answer began.</param>
/// <param name="Wrong">What no answer may be; null: it is a typed status.</param>
internal sealed record HostileAnswer(string Status, bool IsAccepted, string? Wrong);

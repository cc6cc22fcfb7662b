namespace Baichuan.Testing.Histories;

/// <summary>What a history says of the stream contract.</summary>
/// <param name="Streams">How many there are.</param>
/// <param name="Failed">Streams that broke, have no end, or ended otherwise than the reference.</param>
/// <param name="LostTokens">Tokens that were skipped or are missing at the end of a stream that finished.</param>
/// <param name="DoubleTokens">Tokens that came again.</param>
/// <param name="HashMismatches">Streams that finished with other tokens or another text than the reference.</param>
/// <param name="Violations">A sentence for everything that is wrong; names streams and places, not texts.</param>
internal sealed record HistoryReport(int Streams, int Failed, long LostTokens, long DoubleTokens, int HashMismatches, IReadOnlyList<string> Violations)
{
    public bool IsClean => Violations.Count == 0;
}

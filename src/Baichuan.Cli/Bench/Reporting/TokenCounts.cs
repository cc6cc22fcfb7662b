namespace Baichuan.Cli.Bench.Reporting;

/// <summary>Tokens of completed requests, as the gateway accounts for them.</summary>
/// <param name="Input">Of the prompts, histories included.</param>
/// <param name="Cached">The part of them that the prefix cache had.</param>
/// <param name="Output">Of the answers.</param>
internal sealed record TokenCounts(long Input, long Cached, long Output);

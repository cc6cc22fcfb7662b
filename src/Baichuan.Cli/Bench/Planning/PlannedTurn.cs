namespace Baichuan.Cli.Bench.Planning;

/// <summary>One request. Its prompt is the conversation so far, answers included, and then its own runs of tokens.</summary>
/// <param name="OutputTokens">Exactly so many are asked for.</param>
/// <param name="Seed">For the gateway's sampler.</param>
/// <param name="ThinkTime">From the end of the answer before to when this request is due; unused in the first turn.</param>
internal sealed record PlannedTurn(IReadOnlyList<TokenRun> Prompt, int OutputTokens, ulong Seed, TimeSpan ThinkTime);

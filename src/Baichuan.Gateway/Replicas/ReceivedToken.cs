using Baichuan.Model.Execution;

namespace Baichuan.Gateway.Replicas;

/// <summary>A token of a completion.</summary>
/// <param name="Logprob">0 where log-probabilities were not asked for.</param>
/// <param name="Top">The likeliest tokens, likeliest first.</param>
internal readonly record struct ReceivedToken(int Id, float Logprob, TokenLogprob[] Top);

using Baichuan.Cluster.Abstractions.Streams;

namespace Baichuan.Gateway.Replicas;

/// <summary>What a replica had to say of one stream.</summary>
/// <param name="Tokens">The next ones, without gap or repetition.</param>
/// <param name="End"><see cref="StreamEnd.Unknown"/>: the replica lost the stream, which has to be submitted again.</param>
/// <param name="Prompt">Tokens of the prompt from its second on, with the first token, where they were asked for.</param>
/// <param name="CachedTokens">Prompt tokens that came from the prefix cache; final with the first token.</param>
internal readonly record struct StreamNews(ReceivedToken[] Tokens, StreamEnd End, int CachedTokens = 0, ReceivedToken[]? Prompt = null);

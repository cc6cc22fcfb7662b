namespace Baichuan.Gateway.OpenAi;

/// <summary>How a request wants its answer.</summary>
/// <param name="Streams">Chunk by chunk, as server-sent events.</param>
/// <param name="CountsInStream">With a last chunk of how many tokens there were.</param>
/// <param name="Choices">Answers to the one question; not checked yet.</param>
/// <param name="Scores">How likely each token was, too.</param>
internal sealed record OpenAiForm(bool Streams, bool CountsInStream, int Choices, bool Scores);

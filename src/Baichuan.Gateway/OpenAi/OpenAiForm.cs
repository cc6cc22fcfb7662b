namespace Baichuan.Gateway.OpenAi;

/// <summary>How a request wants its answer.</summary>
/// <param name="Streams">Chunk by chunk, as server-sent events.</param>
/// <param name="CountsInStream">With a last chunk of how many tokens there were.</param>
/// <param name="Choices">Answers to the one question; not checked yet.</param>
internal sealed record OpenAiForm(bool Streams, bool CountsInStream, int Choices);

using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Fakes;

internal static class Events
{
    public static GenerationEvent Started { get; } = new()
    {
        Started = new GenerationStarted { RequestId = "r1", Model = "demo", ProfileId = Topologies.Profile, Seed = 7, PromptTokens = 5 },
    };

    /// <summary>A whole stream with one token a piece.</summary>
    public static GenerationEvent[] Answer(params string[] pieces) =>
        [Started, .. pieces.Select((piece, index) => Piece(index, piece)), Finished(FinishReason.Stop, pieces.Length)];

    public static GenerationEvent Piece(int index, string text) => new()
    {
        Tokens = new GeneratedTokens { SequenceNumber = index, Text = text, TokenIds = { 100 + index } },
    };

    public static GenerationEvent Finished(FinishReason reason, int tokens = 0) => new()
    {
        Finished = new GenerationFinished { Reason = reason, Usage = new Usage { PromptTokens = 5, CompletionTokens = tokens } },
    };

    public static Func<IServerStreamWriter<GenerationEvent>, CancellationToken, Task> Writing(params GenerationEvent[] events) => async (stream, cancellationToken) =>
    {
        foreach (var one in events)
            await stream.WriteAsync(one, cancellationToken);
    };

    public static Func<IServerStreamWriter<GenerationEvent>, CancellationToken, Task> Refusing(StatusCode code, string detail) =>
        (_, _) => throw new RpcException(new Status(code, detail));
}

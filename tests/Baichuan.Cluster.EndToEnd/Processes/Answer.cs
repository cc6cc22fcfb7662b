using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cluster.EndToEnd.Processes;

/// <summary>A whole stream, checked against the contract while it was read: started first, sequence numbers without gap or repeat, finished once and last.</summary>
internal sealed record Answer(GenerationStarted Started, string Text, IReadOnlyList<int> Tokens, GenerationFinished Finished)
{
    public static async Task<Answer> ReadAsync(AsyncServerStreamingCall<GenerationEvent> call, Action<Answer>? onTokens = null)
    {
        GenerationStarted? started = null;
        GenerationFinished? finished = null;
        var text = "";
        List<int> tokens = [];
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            Assert.Null(finished);
            switch (message.EventCase)
            {
                case GenerationEvent.EventOneofCase.Started:
                    Assert.Null(started);
                    started = message.Started;
                    break;
                case GenerationEvent.EventOneofCase.Tokens:
                    Assert.NotNull(started);
                    Assert.Equal(tokens.Count, message.Tokens.SequenceNumber);
                    text += message.Tokens.Text;
                    tokens.AddRange(message.Tokens.TokenIds);
                    onTokens?.Invoke(new Answer(started, text, tokens, new GenerationFinished()));
                    break;
                case GenerationEvent.EventOneofCase.Finished:
                    finished = message.Finished;
                    break;
                default:
                    Assert.Fail($"An event of no known kind came after {tokens.Count} tokens.");
                    break;
            }
        }

        Assert.NotNull(started);
        Assert.NotNull(finished);
        return new Answer(started, text, tokens, finished);
    }
}

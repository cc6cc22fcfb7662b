using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Answers;

/// <summary>Prints a stream as it comes, and times it.</summary>
internal static class AnswerPrinter
{
    /// <exception cref="RpcException">The request was refused.</exception>
    /// <exception cref="FailureException">The stream broke off after it had started.</exception>
    public static async Task<Answer> PrintAsync(IAsyncEnumerable<GenerationEvent> events, CommandContext context)
    {
        var start = context.Clock.GetTimestamp();
        GenerationStarted? started = null;
        GenerationFinished? finished = null;
        TimeSpan? toFirstToken = null;
        var tokens = new List<GeneratedTokens>();
        try
        {
            await foreach (var generation in events)
            {
                switch (generation.EventCase)
                {
                    case GenerationEvent.EventOneofCase.Started:
                        started = generation.Started;
                        break;
                    case GenerationEvent.EventOneofCase.Tokens:
                        toFirstToken ??= context.Clock.GetElapsedTime(start);
                        tokens.Add(generation.Tokens);
                        context.Terminal.WriteAnswer(generation.Tokens.Text);
                        break;
                    case GenerationEvent.EventOneofCase.Finished:
                        finished = generation.Finished;
                        break;
                }
            }
        }
        catch (RpcException e) when (started is not null)
        {
            throw BrokenOff(tokens, e.Status.Detail, e);
        }
        finally
        {
            context.Terminal.EndAnswer();
        }

        if (started is null || finished is null)
            throw BrokenOff(tokens, "the gateway closed it without a `finished` event", null);
        return new Answer(started, tokens, finished, toFirstToken, context.Clock.GetElapsedTime(start));
    }

    private static FailureException BrokenOff(List<GeneratedTokens> tokens, string why, Exception? cause) =>
        new(ExitCode.Failed, $"The stream broke off, {tokens.Sum(some => some.TokenIds.Count)} tokens so far: {why}", cause);
}

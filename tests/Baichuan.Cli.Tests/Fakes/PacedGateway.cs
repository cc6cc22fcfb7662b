using System.Runtime.CompilerServices;
using Baichuan.V1;

namespace Baichuan.Cli.Tests.Fakes;

/// <summary>Answers every request at the same pace in virtual time, however many there are, and remembers when they came.</summary>
internal sealed class PacedGateway(VirtualTime time)
{
    public List<(TimeSpan At, GenerateRequest Request)> Requests { get; } = [];

    public TimeSpan ToFirstToken { get; init; }

    public TimeSpan BetweenTokens { get; init; }

    /// <summary>Called for each request with its number; an exception refuses it.</summary>
    public Action<int> Admit { get; init; } = _ => { };

    public async IAsyncEnumerable<GenerationEvent> SendAsync(GenerateRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Requests.Add((time.Now, request));
        Admit(Requests.Count - 1);
        yield return Events.Started;
        var tokens = request.Sampling.MaxTokens;
        for (var i = 0; i < tokens; i++)
        {
            await Task.Delay(i == 0 ? ToFirstToken : BetweenTokens, time, cancellationToken);
            yield return Events.Piece(i, "x");
        }

        yield return Events.Finished(FinishReason.Length, tokens);
    }
}

using Baichuan.Cli.Tests.Fakes;
using Baichuan.Client;
using Baichuan.V1;

namespace Baichuan.Cli.Tests.Client;

/// <summary>Readers that leave in the middle of busy streams.</summary>
public sealed class CancellationTests
{
    private const int Rounds = 25;
    private const int Streams = 24;

    [Fact]
    public async Task A_reader_that_cancels_is_told_that_and_not_what_became_of_the_connection()
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.Inference.Script = async (stream, cancellation) =>
        {
            await stream.WriteAsync(Events.Started, cancellation);
            for (var index = 0; ; index++)
            {
                await stream.WriteAsync(Events.Piece(index, "piece"), cancellation);
                await Task.Delay(1, cancellation); // as tokens come
            }
        };
        using var client = new BaichuanClient(new Uri(gateway.Address));

        for (var round = 0; round < Rounds; round++)
        {
            using var leaving = new CancellationTokenSource();
            await Task.WhenAll(Enumerable.Range(0, Streams).Select(number => ReadAsync(client, leavesAt: number == 0 ? 5 + round : int.MaxValue, leaving)));
        }
    }

    private static Task ReadAsync(BaichuanClient client, int leavesAt, CancellationTokenSource leaving) => Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
    {
        var read = 0;
        await foreach (var _ in client.GenerateAsync(new GenerateRequest { Text = "a" }, cancellationToken: leaving.Token))
        {
            if (++read == leavesAt)
                await leaving.CancelAsync();
        }
    });
}

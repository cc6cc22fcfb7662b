using Baichuan.Client;
using Grpc.Core;
using Grpc.Health.V1;

namespace Baichuan.Cli.Demo;

/// <summary>Waits until a gateway says through grpc.health.v1 that it serves.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="FailureException">The server ended, or is not ready within 60 s.</exception>
    public static async Task WaitAsync(ServerProcess server, Uri address, TimeProvider clock, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (!await IsServingAsync(address, cancellationToken))
        {
            if (server.HasExited)
                throw new FailureException(ExitCode.Failed, "The server ended before it was ready.");
            if (clock.GetElapsedTime(start) > Limit)
                throw new FailureException(ExitCode.Failed, $"The cluster is not ready after {Limit.TotalSeconds} s.");
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private static async Task<bool> IsServingAsync(Uri address, CancellationToken cancellationToken)
    {
        // A new connection each time: one that failed waits longer and longer before it tries again.
        using var client = new BaichuanClient(address);
        try
        {
            var options = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(5), cancellationToken: cancellationToken);
            var reply = await new Health.HealthClient(client.Channel).CheckAsync(new HealthCheckRequest(), options);
            return reply.Status == HealthCheckResponse.Types.ServingStatus.Serving;
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (RpcException e)
        {
            throw new OperationCanceledException(e.Status.Detail, e, cancellationToken);
        }
    }
}

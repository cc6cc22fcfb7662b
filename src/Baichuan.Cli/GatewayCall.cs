using Baichuan.Client;
using Grpc.Core;

namespace Baichuan.Cli;

/// <summary>Runs a command against a gateway, and turns what goes wrong on the wire into sentences.</summary>
internal static class GatewayCall
{
    /// <exception cref="FailureException">The gateway refused, or cannot be reached.</exception>
    public static async Task<int> RunAsync(Uri address, string? apiKey, Func<BaichuanClient, Task<int>> work)
    {
        using var client = new BaichuanClient(address, apiKey);
        try
        {
            return await work(client);
        }
        catch (RpcException e)
        {
            throw Failure(e, address);
        }
    }

    public static FailureException Failure(RpcException e, Uri address) => e.StatusCode switch
    {
        // The gateway's own words name the field, its value and the limit.
        StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.PermissionDenied => new(ExitCode.Refused, e.Status.Detail, e),
        StatusCode.Unauthenticated => new(ExitCode.Refused, $"{e.Status.Detail} Here: {Commands.ApiKeyOption.EnvironmentVariable}, or --api-key.", e),
        StatusCode.Unavailable when e.Status.DebugException is { } transport => new(ExitCode.Unavailable, Unreachable(address, transport), e),
        StatusCode.ResourceExhausted when BaichuanClient.RetryAfter(e) is { } delay =>
            new(ExitCode.Unavailable, $"{e.Status.Detail} Try again in {Math.Max(1, Math.Ceiling(delay.TotalSeconds))} s.", e),
        StatusCode.Unavailable or StatusCode.ResourceExhausted => new(ExitCode.Unavailable, e.Status.Detail, e),
        _ => new(ExitCode.Failed, $"The gateway at {Text(address)} answered {e.StatusCode}: {e.Status.Detail}", e),
    };

    public static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private static string Unreachable(Uri address, Exception transport) =>
        $"No gateway answers at {Text(address)}: {transport.GetBaseException().Message}. Start one (baichuan-server, or `baichuan demo --keep`), " +
        $"or name another with --address or {Commands.AddressOption.EnvironmentVariable}.";
}

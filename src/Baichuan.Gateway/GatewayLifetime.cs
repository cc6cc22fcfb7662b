using Baichuan.Gateway.Requests;
using Microsoft.Extensions.Hosting;

namespace Baichuan.Gateway;

/// <summary>
/// The end of the gateway, in two steps: with the host's stop signal it takes no new requests; <see cref="GatewayOptions.DrainTimeout"/> later the streams
/// that are still running are ended, each with its last event, before the server breaks their connections.
/// </summary>
internal sealed class GatewayLifetime : IDisposable
{
    private readonly CancellationTokenSource _ending;
    private readonly IHostApplicationLifetime _host;
    private readonly CancellationTokenRegistration _registration;

    public GatewayLifetime(IHostApplicationLifetime host, GatewayOptions options, TimeProvider time)
    {
        _host = host;
        _ending = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _registration = host.ApplicationStopping.Register(() => _ending.CancelAfter(options.DrainTimeout));
    }

    /// <summary>Cancelled with the first step.</summary>
    public CancellationToken Stopping => _host.ApplicationStopping;

    /// <summary>Cancelled with the second.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <exception cref="RefusedException">The gateway is stopping.</exception>
    public void RequireRunning()
    {
        if (Stopping.IsCancellationRequested)
            throw Refusal();
    }

    public static RefusedException Refusal() => RefusedException.Unavailable("This gateway is shutting down; send the request to another one, or again later.");

    public void Dispose()
    {
        _registration.Dispose();
        _ending.Dispose();
    }
}

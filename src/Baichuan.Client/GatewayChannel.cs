using Grpc.Net.Client;

namespace Baichuan.Client;

/// <summary>The connection to a gateway.</summary>
internal static class GatewayChannel
{
    /// <summary>
    /// Notices within 15 s that the gateway's machine is gone, which TCP alone may not for many minutes: a stream that waits for its next token sends
    /// nothing that could fail.
    /// </summary>
    public static GrpcChannel ForAddress(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            // More streams than the gateway allows on one connection open another.
            EnableMultipleHttp2Connections = true,
            // Prompts go to the gateway that was named, not to a proxy that the environment happens to have.
            UseProxy = false,
        },
        DisposeHttpClient = true,
    });
}

using System.Net;
using Baichuan.Gateway.OpenAi;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Baichuan.Gateway.Hosting;

/// <summary>The listeners and every limit of the server, with why.</summary>
internal static class ListenerLimits
{
    public static void Apply(KestrelServerOptions kestrel, GatewayOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;

        // A client that vanished without a word is noticed within 15 s, and its sequence freed; the default never asks. Kestrel looks once a second
        // and adds up to 3 s to the sum of the two: 10 s and 5 s were measured as 17.9 s, these as 12.4 s.
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(7);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(3);

        // Many departments may share one connection through a proxy: the default of 100 would queue them at the client, unseen.
        limits.Http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;

        // File handles and buffers are bounded; the default is not.
        limits.MaxConcurrentConnections = options.MaxConnections;

        // By default a stream whose client reads slowly ends the whole connection, and with it its neighbours' streams. GatewayOptions.SlowClientTimeout
        // ends that one stream instead.
        limits.MinResponseDataRate = null;

        // Messages are bounded one by one, by MessageFrameCheck and the gRPC library; a body is as many as a client of the reflection service sends.
        limits.MaxRequestBodySize = null;

        var address = IPAddress.Parse(options.BindAddress);
        var certificate = options.CertificateFile is { } file ? new ServerCertificate(file, options.CertificateKeyFile!, TimeProvider.System) : null;
        kestrel.Listen(address, options.GrpcPort, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            certificate?.Secure(listen);
        });
        kestrel.Listen(address, options.MetricsPort, listen => listen.Protocols = HttpProtocols.Http1);
        if (options.HttpPort is { } http)
        {
            kestrel.Listen(address, http, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                OpenAiPort.Mark(listen);
                certificate?.Secure(listen);
            });
        }

        if (options.HealthPort is { } health)
            kestrel.Listen(address, health, listen => listen.Protocols = HttpProtocols.Http2);
    }
}

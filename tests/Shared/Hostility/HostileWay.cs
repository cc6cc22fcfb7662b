namespace Baichuan.Testing.Hostility;

/// <summary>How a hostile request is sent.</summary>
internal enum HostileWay
{
    /// <summary>A gRPC call over HTTP/2 as it should be.</summary>
    Grpc,

    /// <summary>An HTTP/1.1 request as it should be, to the OpenAI-style port.</summary>
    Http,

    /// <summary>Bytes on a connection to the gRPC port.</summary>
    RawHttp2,

    /// <summary>Bytes on a connection to the OpenAI-style port.</summary>
    RawHttp1,
}

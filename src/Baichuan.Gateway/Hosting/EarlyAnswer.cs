using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.Hosting;

/// <summary>A gRPC answer that is a status alone, given before the gRPC library has seen the call.</summary>
internal static class EarlyAnswer
{
    public static void Write(HttpResponse response, StatusCode code, string sentence)
    {
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)code).ToString();
        response.Headers["grpc-message"] = Uri.EscapeDataString(sentence);
    }
}

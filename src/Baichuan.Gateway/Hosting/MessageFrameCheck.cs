using System.Buffers;
using System.Buffers.Binary;
using Baichuan.Gateway.Requests;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.Hosting;

/// <summary>
/// Looks at the head of a message's frame before the message is read. A length over the limit is INVALID_ARGUMENT: the gRPC library would say RESOURCE_EXHAUSTED,
/// which here means that trying again may help. Flags that there are not are INTERNAL, as all broken framing is: the library would say UNKNOWN.
/// </summary>
/// <remarks>A gRPC frame is one byte of flags, of which there is one, and four of length, big-endian, before the message.</remarks>
internal sealed class MessageFrameCheck(RequestDelegate next, GatewayOptions options, GatewayMetrics metrics)
{
    private const int HeadLength = 5;
    private const byte MostFlags = 1;

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is not { } call)
        {
            await next(context);
            return;
        }

        var (flags, length) = await PeekAsync(context.Request);
        if (flags > MostFlags)
            Refuse(context, call, StatusCode.Internal, $"The request message has no gRPC frame: its flags are {flags}, and there is only {MostFlags}.");
        else if (length > options.MaxRequestBytes)
            Refuse(context, call, StatusCode.InvalidArgument, $"The request message has {length} bytes; send at most {options.MaxRequestBytes} (MaxRequestBytes).");
        else
            await next(context);
    }

    private void Refuse(HttpContext context, GrpcMethodMetadata call, StatusCode status, string sentence)
    {
        metrics.OnRequestEnded(call.Method.Name, Outcomes.Of(status));
        EarlyAnswer.Write(context.Response, status, sentence);
    }

    /// <summary>What the first frame states; zeros if there is no frame. Nothing is consumed.</summary>
    private static async Task<(byte Flags, uint Length)> PeekAsync(HttpRequest request)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            var head = read.Buffer.Length >= HeadLength ? ReadHead(read.Buffer) : default;
            var enough = read.Buffer.Length >= HeadLength || read.IsCompleted;
            request.BodyReader.AdvanceTo(read.Buffer.Start, enough ? read.Buffer.Start : read.Buffer.End);
            if (enough)
                return head;
        }
    }

    private static (byte Flags, uint Length) ReadHead(ReadOnlySequence<byte> frame)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        frame.Slice(0, HeadLength).CopyTo(head);
        return (head[0], BinaryPrimitives.ReadUInt32BigEndian(head[1..]));
    }
}

using System.Buffers;
using System.Buffers.Binary;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Baichuan.Gateway.Hosting;

/// <summary>
/// Refuses a message by the length that its frame states, before the message is read. The gRPC library would do so too, but as RESOURCE_EXHAUSTED, which
/// here means that trying again may help.
/// </summary>
/// <remarks>A gRPC frame is one byte of flags and four of length, big-endian, before the message.</remarks>
internal sealed class MessageSizeLimit(RequestDelegate next, GatewayOptions options, GatewayMetrics metrics)
{
    private const int HeadLength = 5;

    public async Task InvokeAsync(HttpContext context)
    {
        var call = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>();
        var length = call is null ? 0 : await PeekLengthAsync(context.Request);
        if (length <= options.MaxRequestBytes)
        {
            await next(context);
            return;
        }

        metrics.OnRequestEnded(call!.Method.Name, "invalid_argument");
        EarlyAnswer.Write(
            context.Response, StatusCode.InvalidArgument, $"The request message has {length} bytes; send at most {options.MaxRequestBytes} (MaxRequestBytes).");
    }

    /// <summary>The length that the first frame states; 0 if there is no frame. Nothing is consumed.</summary>
    private static async Task<uint> PeekLengthAsync(HttpRequest request)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            var length = read.Buffer.Length >= HeadLength ? ReadLength(read.Buffer) : 0;
            var enough = read.Buffer.Length >= HeadLength || read.IsCompleted;
            request.BodyReader.AdvanceTo(read.Buffer.Start, enough ? read.Buffer.Start : read.Buffer.End);
            if (enough)
                return length;
        }
    }

    private static uint ReadLength(ReadOnlySequence<byte> frame)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        frame.Slice(0, HeadLength).CopyTo(head);
        return BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
    }
}

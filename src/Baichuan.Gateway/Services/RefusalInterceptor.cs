using System.Globalization;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Telemetry;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using Status = Grpc.Core.Status;

namespace Baichuan.Gateway.Services;

/// <summary>The edge of every call: what it throws becomes a status, logged once. Counts what ends here; streams that were accepted count themselves.</summary>
internal sealed partial class RefusalInterceptor(GatewayMetrics metrics, AuditLog audit, ILogger<RefusalInterceptor> log) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            var response = await continuation(request, context);
            metrics.OnRequestEnded(NameOf(context), "ok");
            audit.OnCallEnded(context, NameOf(context), "ok");
            return response;
        }
        catch (Exception e)
        {
            throw Translate(e, context);
        }
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) => StreamAsync(() => continuation(request, responseStream, context), context);

    /// <summary>Reflection, whose messages are decoded as it asks for them.</summary>
    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) => StreamAsync(() => continuation(requestStream, responseStream, context), context);

    // The status is set and not thrown: under overload, an exception through all of the library's levels costs as much as the request's check.
    private async Task StreamAsync(Func<Task> call, ServerCallContext context)
    {
        try
        {
            await call();
        }
        catch (Exception e)
        {
            var refusal = Translate(e, context);
            context.Status = refusal.Status;
            foreach (var trailer in refusal.Trailers)
                context.ResponseTrailers.Add(trailer);
        }
    }

    private RpcException Translate(Exception e, ServerCallContext context)
    {
        var method = NameOf(context);
        var status = e switch
        {
            RefusedException refused => new Status(refused.Code, refused.Message),
            RpcException refused => refused.Status,
            InvalidProtocolBufferException => new Status(StatusCode.InvalidArgument, "The message is not one of this method: it is cut off or malformed, or its text is not UTF-8."),
            InvalidDataException => new Status(StatusCode.Internal, "A message has no gRPC frame."), // of the library: flags that there are not
            _ when context.CancellationToken.IsCancellationRequested => new Status(StatusCode.Cancelled, "The client cancelled the call."),
            _ => new Status(StatusCode.Internal, "The gateway failed; its log says why."),
        };
        if (status.StatusCode == StatusCode.Internal && e is not (RpcException or InvalidDataException))
            LogFailed(e, method);
        else
            LogRefused(status.StatusCode == StatusCode.ResourceExhausted ? LogLevel.Debug : LogLevel.Information, method, status.StatusCode, status.Detail);
        metrics.OnRequestEnded(method, Outcomes.Of(status.StatusCode));
        audit.OnCallEnded(context, method, Outcomes.Of(status.StatusCode));
        return e is RefusedException { RetryAfter: { } delay } ? WithRetryInfo(status, delay) : new RpcException(status);
    }

    // For people's programs, and for gRPC libraries that retry by themselves (gRFC A6).
    private static RpcException WithRetryInfo(Status status, TimeSpan delay)
    {
        var refusal = new Google.Rpc.Status
        {
            Code = (int)status.StatusCode,
            Message = status.Detail,
            Details = { Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }) },
        }.ToRpcException();
        refusal.Trailers.Add("grpc-retry-pushback-ms", ((long)delay.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        return refusal;
    }

    private static string NameOf(ServerCallContext context) => context.Method[(context.Method.LastIndexOf('/') + 1)..];

    /// <summary>Under overload, the audit log's line and the metrics say enough.</summary>
    [LoggerMessage("{Method} refused: {Status}, {Reason}")]
    private partial void LogRefused(LogLevel level, string method, StatusCode status, string reason);

    [LoggerMessage(LogLevel.Error, "{Method} failed inside the gateway.")]
    private partial void LogFailed(Exception exception, string method);
}

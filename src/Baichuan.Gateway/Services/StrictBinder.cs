using Google.Protobuf;
using Grpc.Core;

namespace Baichuan.Gateway.Services;

/// <summary>
/// Binds methods so that a message that cannot be decoded is INVALID_ARGUMENT. The library decodes before any interceptor, and calls what goes wrong there
/// UNKNOWN.
/// </summary>
internal sealed class StrictBinder(ServiceBinderBase binder) : ServiceBinderBase
{
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        binder.AddMethod(Strict(method), handler);

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        binder.AddMethod(Strict(method), handler);

    private static Method<TRequest, TResponse> Strict<TRequest, TResponse>(Method<TRequest, TResponse> method)
        where TRequest : class
        where TResponse : class
    {
        var lenient = method.RequestMarshaller;
        var strict = new Marshaller<TRequest>(lenient.ContextualSerializer, context =>
        {
            try
            {
                return lenient.ContextualDeserializer(context);
            }
            catch (InvalidProtocolBufferException)
            {
                var sentence = $"The message is not a {typeof(TRequest).Name}: it is cut off or malformed, or its text is not UTF-8. Encode it by the .proto.";
                throw new RpcException(new Status(StatusCode.InvalidArgument, sentence));
            }
        });
        return new Method<TRequest, TResponse>(method.Type, method.ServiceName, method.Name, strict, method.ResponseMarshaller);
    }
}

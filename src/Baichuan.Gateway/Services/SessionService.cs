using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Gateway.Sessions;
using Baichuan.Gateway.Tenants;
using Baichuan.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Baichuan.Gateway.Services;

/// <summary>baichuan.v1.Sessions, mapped to <see cref="SessionDirectory"/>.</summary>
[BindServiceMethod(typeof(SessionService), nameof(Bind))]
internal sealed class SessionService(ServedModel model, SessionDirectory sessions) : V1.Sessions.SessionsBase
{
    /// <summary>Found by the gRPC library through the attribute.</summary>
    public static void Bind(ServiceBinderBase binder, V1.Sessions.SessionsBase service) => V1.Sessions.BindService(new StrictBinder(binder), service);

    public override async Task<CreateSessionResponse> CreateSession(CreateSessionRequest request, ServerCallContext context)
    {
        model.Require(request.Model);
        var (id, status) = await sessions.CreateAsync(TenantGate.TenantOf(context), context.CancellationToken);
        return new CreateSessionResponse { Session = ToMessage(id, status) };
    }

    public override async Task<GetSessionResponse> GetSession(GetSessionRequest request, ServerCallContext context)
    {
        var status = await sessions.GetAsync(TenantGate.TenantOf(context), request.SessionId, context.CancellationToken);
        return new GetSessionResponse { Session = ToMessage(request.SessionId, status) };
    }

    public override async Task<DeleteSessionResponse> DeleteSession(DeleteSessionRequest request, ServerCallContext context)
    {
        await sessions.DeleteAsync(TenantGate.TenantOf(context), request.SessionId, context.CancellationToken);
        return new DeleteSessionResponse();
    }

    private static Session ToMessage(string id, SessionStatus status) => new()
    {
        SessionId = id,
        Turns = status.Turns,
        Tokens = status.Tokens,
        CreateTime = status.Created.ToTimestamp(),
        ExpireTime = status.Expires.ToTimestamp(),
    };
}

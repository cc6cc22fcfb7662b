using System.Collections.Concurrent;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Fakes;

/// <summary>Counts sessions, and remembers which were deleted.</summary>
internal sealed class FakeSessions : V1.Sessions.SessionsBase
{
    private int _created;

    public ConcurrentQueue<string> Deleted { get; } = new();

    public override Task<CreateSessionResponse> CreateSession(CreateSessionRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateSessionResponse { Session = new Session { SessionId = $"s{Interlocked.Increment(ref _created)}" } });

    public override Task<DeleteSessionResponse> DeleteSession(DeleteSessionRequest request, ServerCallContext context)
    {
        Deleted.Enqueue(request.SessionId);
        return Task.FromResult(new DeleteSessionResponse());
    }
}

using System.Buffers;
using System.Security.Cryptography;
using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Tenants;
using Grpc.Core;

namespace Baichuan.Gateway.Sessions;

/// <summary>The sessions of this gateway's model, each within reach of its own tenant alone. Thread-safe.</summary>
internal sealed class SessionDirectory(ServedModel model, SessionCalls calls)
{
    // 128 random bits: an id is not found by trying.
    private const int IdBytes = 16;
    private static readonly SearchValues<char> _idCharacters = SearchValues.Create("0123456789abcdef");

    /// <exception cref="RefusedException">The tenant has as many sessions as it may: RESOURCE_EXHAUSTED.</exception>
    public async Task<(string Id, SessionStatus Status)> CreateAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var reply = await calls.AskAsync(KeyOf(tenant, id), session => session.Create(), cancellationToken);
        return (id, reply.Session ?? throw new RefusedException(StatusCode.ResourceExhausted, reply.Refusal ?? "There is no room for another session."));
    }

    /// <exception cref="RefusedException">The tenant has no such session: NOT_FOUND.</exception>
    public async Task<SessionStatus> GetAsync(Tenant tenant, string id, CancellationToken cancellationToken) =>
        await calls.AskAsync(KeyOf(tenant, id), session => session.Get(), cancellationToken) ?? throw NotFound();

    /// <inheritdoc cref="GetAsync"/>
    public async Task DeleteAsync(Tenant tenant, string id, CancellationToken cancellationToken)
    {
        if (!await calls.AskAsync(KeyOf(tenant, id), session => session.Delete(), cancellationToken))
            throw NotFound();
    }

    /// <exception cref="RefusedException">The tenant has no such session (NOT_FOUND), or another turn has it (ABORTED).</exception>
    public async Task<SessionTurn> BeginTurnAsync(Tenant tenant, string id, CancellationToken cancellationToken)
    {
        var key = KeyOf(tenant, id);
        var turn = Guid.NewGuid();
        var grant = await calls.AskAsync(key, session => session.BeginTurn(turn), cancellationToken);
        return grant.Outcome switch
        {
            TurnOutcome.Granted => new SessionTurn(calls, key, turn, grant),
            TurnOutcome.Busy => throw new RefusedException(
                StatusCode.Aborted, "Another turn of this session is running; send this one when that has ended, or has been cancelled."),
            _ => throw NotFound(),
        };
    }

    private SessionKey KeyOf(Tenant tenant, string id) => id.Length == 2 * IdBytes && !id.AsSpan().ContainsAnyExcept(_idCharacters)
        ? new SessionKey(model.Name, tenant.Name, id)
        : throw RefusedException.Invalid($"session_id has {id.Length} characters that are not an id of a session; use one from CreateSession.");

    private static RefusedException NotFound() =>
        new(StatusCode.NotFound, "There is no such session: it was deleted, was not used for too long, or never was. Create another.");
}

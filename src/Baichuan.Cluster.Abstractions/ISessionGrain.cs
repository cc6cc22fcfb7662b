using Baichuan.Cluster.Abstractions.Sessions;

namespace Baichuan.Cluster.Abstractions;

/// <summary>
/// A conversation over several requests (key: <see cref="SessionKey"/>, which names its tenant, so that nobody meets a session of another): its tokens, and
/// the replica that ran it last. Every call may be repeated: whoever did not hear the answer asks again.
/// </summary>
[Alias("Baichuan.ISessionGrain")]
public interface ISessionGrain : IGrainWithStringKey
{
    /// <summary>Makes the session, unless its tenant has as many as it may. One that is there already is there.</summary>
    [Alias("Create")]
    Task<CreateReply> Create();

    /// <summary>Null: there is none, or it has expired.</summary>
    [Alias("Get")]
    Task<SessionStatus?> Get();

    /// <summary>Forgets everything. False: there was nothing.</summary>
    [Alias("Delete")]
    Task<bool> Delete();

    /// <summary>Gives the session to a turn, unless another has it. The turn has to be kept by <see cref="KeepTurn"/>, or it is over by itself.</summary>
    [Alias("BeginTurn")]
    Task<TurnGrant> BeginTurn(Guid turn);

    /// <summary>The turn goes on. False: the session went on without it.</summary>
    /// <param name="length">Tokens that the session had when the turn began.</param>
    [Alias("KeepTurn")]
    Task<bool> KeepTurn(Guid turn, int length);

    /// <summary>Adds a turn's tokens and stores them. False: the session is gone, or went on without the turn; nothing was added.</summary>
    [Alias("EndTurn")]
    Task<bool> EndTurn(TurnResult result);

    /// <summary>The turn came to nothing: the session is as it was before.</summary>
    [Alias("AbandonTurn")]
    Task AbandonTurn(Guid turn);
}

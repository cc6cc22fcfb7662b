using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Gateway.Requests;
using Grpc.Core;

namespace Baichuan.Gateway.Sessions;

/// <summary>
/// A turn of a session on its way: has the session to itself until it is kept or disposed of. Owns the task that says, now and then, that it goes on.
/// </summary>
internal sealed class SessionTurn : IAsyncDisposable
{
    private readonly SessionCalls _calls;
    private readonly SessionKey _key;
    private readonly Guid _turn;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _keeping;
    private bool _isKept;

    public SessionTurn(SessionCalls calls, SessionKey key, Guid turn, TurnGrant grant)
    {
        (_calls, _key, _turn) = (calls, key, turn);
        Tokens = MemoryMarshal.Cast<byte, int>(grant.Tokens.Span).ToArray();
        Replica = grant.Replica >= 0 ? grant.Replica : null;
        _keeping = Task.Run(() => KeepAsync(grant.KeepEvery));
    }

    /// <summary>Token ids of the conversation so far; none before the first turn.</summary>
    public int[] Tokens { get; }

    /// <summary>The replica that has blocks of the conversation; null: none is known.</summary>
    public int? Replica { get; private set; }

    /// <summary>A replica runs the turn.</summary>
    public void OnPlaced(int replica) => Replica = replica;

    /// <summary>Adds the turn to its session: from here on the next turn goes on from it.</summary>
    /// <param name="prompt">The whole prompt, which begins with <see cref="Tokens"/>.</param>
    /// <param name="answer">The tokens that the client has.</param>
    /// <exception cref="RefusedException">It could not be: the session is gone or went on without it (ABORTED), or does not answer (UNAVAILABLE).</exception>
    public async Task EndAsync(ReadOnlyMemory<int> prompt, IReadOnlyList<int> answer)
    {
        int[] added = [.. prompt.Span[Tokens.Length..], .. answer];
        var result = new TurnResult { Turn = _turn, Length = Tokens.Length, Added = MemoryMarshal.AsBytes(added.AsSpan()).ToArray(), Replica = Replica ?? -1 };
        _isKept = await _calls.AskAsync(_key, session => session.EndTurn(result), CancellationToken.None);
        if (!_isKept)
            throw new RefusedException(StatusCode.Aborted, "The answer is whole, but its session is gone or went on without it, so the turn is not kept.");
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
        if (!_isKept)
            _calls.Tell(_key, session => session.AbandonTurn(_turn));
    }

    private async Task KeepAsync(TimeSpan every)
    {
        while (true)
        {
            await Task.Delay(every, _calls.Time, _over.Token);
            if (!await _calls.AskAsync(_key, session => session.KeepTurn(_turn, Tokens.Length), _over.Token))
                return; // lost: the end of the turn will say so
        }
    }
}

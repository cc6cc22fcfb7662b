using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Baichuan.Cluster.Abstractions.Sessions;

namespace Baichuan.Cluster.Sessions;

/// <summary>
/// A session's rules, without grain or storage: one turn has it at a time, for as long as it keeps it; what a turn adds is all or nothing; what is not used
/// expires. One caller at a time.
/// </summary>
internal sealed class Session(TimeSpan idleTimeout, TimeProvider time)
{
    /// <summary>A turn that has not been kept for so long is over: its gateway is gone.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    private SessionContent? _content;
    private Guid _turn; // has the session, if the lease has not run out
    private long _leased;

    /// <summary>Null: there is no session.</summary>
    public SessionContent? Content => _content;

    public bool IsExpired => _content is { } content && !IsHeld && time.GetUtcNow() >= content.Used + idleTimeout;

    public SessionStatus? Status => _content is not { } content ? null : new SessionStatus
    {
        Created = content.Created,
        Expires = content.Used + idleTimeout,
        Turns = content.Turns,
        Tokens = content.Tokens.Length / sizeof(int),
    };

    private bool IsHeld => _turn != Guid.Empty && time.GetElapsedTime(_leased) < LeaseTime;

    public SessionContent New() => new() { Created = time.GetUtcNow(), Used = time.GetUtcNow() };

    /// <summary>Takes what is stored, or was stored just now.</summary>
    public void Adopt(SessionContent content)
    {
        if (_content is { } old && old.Tokens != content.Tokens)
            CryptographicOperations.ZeroMemory(old.Tokens);
        _content = content;
    }

    public TurnGrant Begin(Guid turn)
    {
        if (_content is not { } content)
            return new TurnGrant { Outcome = TurnOutcome.NotFound };
        if (IsHeld && _turn != turn)
            return new TurnGrant { Outcome = TurnOutcome.Busy };
        Lease(turn);
        // A copy: inside one process an answer is not serialised, and the session's own bytes will be wiped.
        return new TurnGrant { Outcome = TurnOutcome.Granted, Tokens = content.Tokens.ToArray(), Replica = content.Replica, KeepEvery = LeaseTime / 3 };
    }

    /// <summary>The turn goes on. One that nobody knows here may: the session was activated anew under it.</summary>
    public bool Keep(Guid turn, int length)
    {
        if (!Accepts(turn, length))
            return false;
        Lease(turn);
        return true;
    }

    /// <summary>The content with what a turn adds, to be stored and then adopted. Null and true: it was added already.</summary>
    /// <returns>False: the session is gone, or went on without the turn.</returns>
    public bool TryAdd(TurnResult result, out SessionContent? extended)
    {
        extended = null;
        if (_content?.LastTurn == result.Turn)
            return true;
        if (!Accepts(result.Turn, result.Length) || _content is not { } content)
            return false;
        extended = new SessionContent
        {
            Created = content.Created,
            Used = time.GetUtcNow(),
            Turns = content.Turns + 1,
            LastTurn = result.Turn,
            Replica = result.Replica,
            Tokens = [.. content.Tokens, .. result.Added.Span],
        };
        return true;
    }

    /// <summary>The turn has the session no more.</summary>
    public void Release(Guid turn)
    {
        if (_turn == turn)
            _turn = Guid.Empty;
    }

    /// <summary>There is no session any more, and nothing of it in memory.</summary>
    public void Wipe()
    {
        if (_content is { } content)
            CryptographicOperations.ZeroMemory(content.Tokens);
        (_content, _turn) = (null, Guid.Empty);
    }

    [MemberNotNullWhen(true, nameof(_content))]
    private bool Accepts(Guid turn, int length) =>
        _content is not null && (!IsHeld || _turn == turn) && _content.Tokens.Length / sizeof(int) == length;

    private void Lease(Guid turn) => (_turn, _leased) = (turn, time.GetTimestamp());
}

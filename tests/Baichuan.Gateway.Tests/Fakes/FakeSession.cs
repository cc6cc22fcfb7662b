using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Sessions;

namespace Baichuan.Gateway.Tests.Fakes;

/// <summary>A session that keeps to the contract of <see cref="ISessionGrain"/>, in memory. Thread-safe.</summary>
internal sealed class FakeSession : ISessionGrain
{
    private readonly Lock _gate = new();
    private SessionStatus? _status;
    private Guid _turn;
    private Guid _lastTurn;
    private byte[] _tokens = [];
    private int _failures;

    public int Replica { get; set; } = -1;

    public int[] Tokens
    {
        get
        {
            lock (_gate)
                return MemoryMarshal.Cast<byte, int>(_tokens).ToArray();
        }
    }

    public bool IsHeld
    {
        get
        {
            lock (_gate)
                return _turn != Guid.Empty;
        }
    }

    /// <summary>So many calls fail, after they have done what they do.</summary>
    public void FailNext(int calls) => Volatile.Write(ref _failures, calls);

    /// <summary>As if another gateway had taken it over.</summary>
    public void GoOnWithout()
    {
        lock (_gate)
            (_turn, _tokens) = (Guid.NewGuid(), [.. _tokens, 1, 0, 0, 0]);
    }

    /// <summary>Why it cannot be created; null: it can.</summary>
    public string? Refusal { get; init; }

    public Task<CreateReply> Create() => Answer(() => Refusal is not null ? new CreateReply { Refusal = Refusal } : new CreateReply
    {
        Session = _status ??= new SessionStatus
        {
            Created = DateTimeOffset.UnixEpoch,
            Expires = DateTimeOffset.UnixEpoch.AddHours(1),
            Turns = 0,
            Tokens = 0,
        },
    });

    public Task<SessionStatus?> Get() => Answer(() => _status);

    public Task<bool> Delete() => Answer(() =>
    {
        var there = _status is not null;
        (_status, _tokens, _turn) = (null, [], Guid.Empty);
        return there;
    });

    public Task<TurnGrant> BeginTurn(Guid turn) => Answer(() =>
    {
        if (_status is null)
            return new TurnGrant { Outcome = TurnOutcome.NotFound };
        if (_turn != Guid.Empty && _turn != turn)
            return new TurnGrant { Outcome = TurnOutcome.Busy };
        _turn = turn;
        return new TurnGrant { Outcome = TurnOutcome.Granted, Tokens = _tokens.ToArray(), Replica = Replica, KeepEvery = TimeSpan.FromMinutes(1) };
    });

    public Task<bool> KeepTurn(Guid turn, int length) => Answer(() => _turn == turn);

    public Task<bool> EndTurn(TurnResult result) => Answer(() =>
    {
        if (_lastTurn == result.Turn)
            return true;
        if (_turn != result.Turn || result.Length != _tokens.Length / sizeof(int))
            return false;
        (_tokens, _turn, _lastTurn, Replica) = ([.. _tokens, .. result.Added.Span], Guid.Empty, result.Turn, result.Replica);
        _status = _status! with { Turns = _status.Turns + 1, Tokens = _tokens.Length / sizeof(int) };
        return true;
    });

    public Task AbandonTurn(Guid turn) => Answer(() => _turn = _turn == turn ? Guid.Empty : _turn);

    private Task<T> Answer<T>(Func<T> work)
    {
        lock (_gate)
        {
            var answer = work();
            return Interlocked.Decrement(ref _failures) >= 0 ? Task.FromException<T>(new TimeoutException("Lost on the way back.")) : Task.FromResult(answer);
        }
    }
}

using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Cluster.Sessions;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Sessions;

public sealed class SessionTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Session _session;
    private readonly Guid _first = Guid.NewGuid();
    private readonly Guid _second = Guid.NewGuid();

    public SessionTests()
    {
        _session = new Session(Idle, _time);
        _session.Adopt(_session.New());
    }

    [Fact]
    public void A_turn_goes_on_from_what_the_turns_before_added()
    {
        Assert.Equal(TurnOutcome.Granted, _session.Begin(_first).Outcome);
        Assert.True(Add(_first, 0, 5, 6, 7));
        var grant = _session.Begin(_second);
        Assert.Equal([5, 6, 7], MemoryMarshal.Cast<byte, int>(grant.Tokens.Span).ToArray());
        Assert.Equal(3, grant.Replica);
        Assert.True(Add(_second, 3, 8));
        Assert.Equal((2, 4), (_session.Status!.Turns, _session.Status.Tokens));
    }

    [Fact]
    public void Only_one_turn_has_the_session_until_it_is_released_or_silent()
    {
        _session.Begin(_first);
        Assert.Equal(TurnOutcome.Granted, _session.Begin(_first).Outcome); // it did not hear the answer
        Assert.Equal(TurnOutcome.Busy, _session.Begin(_second).Outcome);
        _time.Advance(Session.LeaseTime / 2);
        Assert.True(_session.Keep(_first, 0));
        _time.Advance(Session.LeaseTime / 2);
        Assert.Equal(TurnOutcome.Busy, _session.Begin(_second).Outcome);
        _session.Release(_second);
        Assert.Equal(TurnOutcome.Busy, _session.Begin(_second).Outcome);
        _time.Advance(Session.LeaseTime);
        Assert.Equal(TurnOutcome.Granted, _session.Begin(_second).Outcome);
        Assert.False(_session.Keep(_first, 0));
        Assert.False(Add(_first, 0, 5));
        _session.Release(_second);
        Assert.Equal(TurnOutcome.Granted, _session.Begin(_first).Outcome);
    }

    [Fact]
    public void A_turn_that_is_added_again_adds_nothing()
    {
        _session.Begin(_first);
        Assert.True(Add(_first, 0, 5, 6));
        Assert.True(_session.TryAdd(Result(_first, 0, 5, 6), out var again));
        Assert.Null(again);
        Assert.Equal(2, _session.Status!.Tokens);
    }

    [Fact]
    public void A_new_activation_takes_a_turn_that_it_does_not_know_but_not_one_that_was_overtaken()
    {
        Assert.True(_session.Keep(_first, 0));
        Assert.Equal(TurnOutcome.Busy, _session.Begin(_second).Outcome);
        Assert.True(Add(_first, 0, 5));
        _session.Release(_first);
        Assert.False(_session.Keep(_second, 0));
        Assert.False(Add(_second, 0, 9));
    }

    [Fact]
    public void What_is_not_used_expires_and_a_running_turn_is_use()
    {
        _time.Advance(Idle - TimeSpan.FromSeconds(1));
        Assert.False(_session.IsExpired);
        _session.Begin(_first);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_session.IsExpired);
        Assert.True(Add(_first, 0, 5));
        _session.Release(_first);
        _time.Advance(Idle);
        Assert.True(_session.IsExpired);
    }

    [Fact]
    public void A_wiped_session_leaves_no_token_in_memory()
    {
        _session.Begin(_first);
        Assert.True(Add(_first, 0, 5, 6));
        var tokens = _session.Content!.Tokens;
        _session.Wipe();
        Assert.All(tokens, value => Assert.Equal(0, value));
        Assert.Null(_session.Status);
        Assert.Equal(TurnOutcome.NotFound, _session.Begin(_second).Outcome);
    }

    private bool Add(Guid turn, int length, params int[] tokens)
    {
        if (!_session.TryAdd(Result(turn, length, tokens), out var extended))
            return false;
        _session.Adopt(extended!);
        _session.Release(turn);
        return true;
    }

    private static TurnResult Result(Guid turn, int length, params int[] tokens) =>
        new() { Turn = turn, Length = length, Added = MemoryMarshal.AsBytes(tokens.AsSpan()).ToArray(), Replica = 3 };
}

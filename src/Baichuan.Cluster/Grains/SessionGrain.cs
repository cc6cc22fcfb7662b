using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Placement;
using Baichuan.Cluster.Sessions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Grains;

/// <summary>A session as others reach it: <see cref="Session"/> has the rules, this stores what they allow. Stays active until the session expires, to
/// forget it in time.</summary>
[ControlPlacement]
internal sealed partial class SessionGrain(
    [PersistentState("session")] IPersistentState<SealedSession> stored,
    SessionSeal seal,
    IStoredSessions all,
    IOptions<SessionOptions> options,
    IOptions<DeploymentOptions> deployment,
    TimeProvider time,
    ILogger<SessionGrain> logger) : Grain, ISessionGrain
{
    private readonly Session _session = new(options.Value.IdleTimeout, time);

    private string Key => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!stored.RecordExists)
            return;
        _session.Adopt(seal.Open(stored.State, Key));
        await ForgetIfExpiredAsync();
        WatchExpiry();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _session.Wipe();
        return Task.CompletedTask;
    }

    public async Task<CreateReply> Create()
    {
        if (await GetAsync() is { } there)
            return new CreateReply { Session = there };
        await StoreAsync(_session.New());
        if (await CountOthersAsync() is var others && others >= options.Value.MaxPerTenant)
        {
            await ForgetAsync();
            return new CreateReply
            {
                Refusal = $"This tenant has {others} sessions, and {SessionOptions.Section}:{nameof(SessionOptions.MaxPerTenant)} is {options.Value.MaxPerTenant}; "
                    + "delete one, or wait until one expires.",
            };
        }

        WatchExpiry();
        return new CreateReply { Session = _session.Status };
    }

    public Task<SessionStatus?> Get() => GetAsync();

    public async Task<bool> Delete()
    {
        if (await GetAsync() is null)
            return false;
        await ForgetAsync();
        return true;
    }

    public async Task<TurnGrant> BeginTurn(Guid turn)
    {
        await ForgetIfExpiredAsync();
        return _session.Begin(turn);
    }

    public Task<bool> KeepTurn(Guid turn, int length) => Task.FromResult(_session.Keep(turn, length));

    public async Task<bool> EndTurn(TurnResult result)
    {
        if (!_session.TryAdd(result, out var extended))
            return false;
        if (extended is not null)
            await StoreAsync(extended);
        _session.Release(result.Turn);
        return true;
    }

    public Task AbandonTurn(Guid turn)
    {
        _session.Release(turn);
        return Task.CompletedTask;
    }

    /// <summary>The tenant's sessions beside this one, which is stored by now: of all that are granted, the last to count sees the others, so they are never too many.</summary>
    private async Task<long> CountOthersAsync()
    {
        var key = SessionKey.Parse(Key);
        try
        {
            return await all.CountAsync(key.Model, key.Tenant) - 1;
        }
        catch
        {
            await ForgetAsync(); // or a repeated call would find it
            throw;
        }
    }

    private async Task<SessionStatus?> GetAsync()
    {
        await ForgetIfExpiredAsync();
        return _session.Status;
    }

    private async Task StoreAsync(SessionContent content)
    {
        try
        {
            stored.State = seal.Seal(content, Key);
            await stored.WriteStateAsync();
        }
        catch (Exception e)
        {
            // Whatever is stored counts, and the next activation starts from it.
            LogNotStored(e);
            DeactivateOnIdle();
            throw;
        }

        _session.Adopt(content);
    }

    private async Task ForgetIfExpiredAsync()
    {
        if (_session.IsExpired)
            await ForgetAsync();
    }

    private async Task ForgetAsync()
    {
        await stored.ClearStateAsync();
        ForgetBlocks();
        _session.Wipe();
        DeactivateOnIdle();
    }

    // At every replica, as an earlier turn may have run at any. Where none hears it because a coordinator was just lost, the next one may find the blocks again: they are the tenant's own, and go when their room is needed.
    private void ForgetBlocks()
    {
        if (_session.Content is not { Tokens.Length: > 0 } content)
            return;
        var key = SessionKey.Parse(Key);
        var request = new ForgetRequest { Tenant = key.Tenant, Tokens = content.Tokens.ToArray() };
        for (var replica = 0; replica < deployment.Value.Replicas; replica++)
            GrainFactory.GetGrain<IReplicaGrain>(new ReplicaKey(key.Model, replica).ToString()).Forget(request).Ignore();
    }

    private void WatchExpiry()
    {
        var period = TimeSpan.FromTicks(Math.Min(options.Value.IdleTimeout.Ticks, TimeSpan.TicksPerMinute));
        this.RegisterGrainTimer(_ => ForgetIfExpiredAsync(), new GrainTimerCreationOptions(period, period) { KeepAlive = true });
    }

    [LoggerMessage(LogLevel.Warning, "A session could not be stored")]
    private partial void LogNotStored(Exception exception);
}

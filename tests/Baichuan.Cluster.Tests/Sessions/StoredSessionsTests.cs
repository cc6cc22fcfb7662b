using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Cluster.Abstractions.State.Sqlite;
using Baichuan.Cluster.Sessions;
using Baichuan.Cluster.State.Sqlite;
using Baichuan.Cluster.Tests.State.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Baichuan.Cluster.Tests.Sessions;

public sealed class StoredSessionsTests : IDisposable
{
    private readonly StateFolder _folder = new();
    private readonly SqliteStateFile _file;
    private readonly SqliteStoredSessions _stored;

    public StoredSessionsTests()
    {
        _file = _folder.Open();
        _stored = new SqliteStoredSessions(_file, Options.Create(new ClusterOptions { ServiceId = "service" }));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_tenants_sessions_are_counted_and_no_one_elses()
    {
        await StoreAsync("session/m/ward/1", "session/m/ward/2", "session/m/ward-b/3", "session/m/war/4", "session/n/ward/5", "model/m");
        Assert.Equal(2, await _stored.CountAsync("m", "ward"));
        Assert.Equal(0, await _stored.CountAsync("m", "lab"));
        Assert.Equal(5, (await _stored.ListAsync()).Count);
        Assert.Contains(new SessionKey("n", "ward", "5"), await _stored.ListAsync());
    }

    [Fact]
    public async Task A_sweep_asks_every_stored_session_and_goes_on_past_one_that_fails()
    {
        await StoreAsync("session/m/ward/1", "session/m/ward/2", "session/m/ward/3");
        var grains = new AskedSessions(failing: "m/ward/1");
        using var sweep = new SessionSweep(_stored, grains.Factory(), Options.Create(new SessionOptions()), TimeProvider.System, NullLogger<SessionSweep>.Instance);

        await sweep.SweepAsync(default);

        Assert.Equal(["m/ward/1", "m/ward/2", "m/ward/3"], grains.Asked.Order());
    }

    private Task StoreAsync(params string[] grains) => _file.WriteAsync(transaction =>
    {
        foreach (var grain in grains)
        {
            transaction.Execute(
                "INSERT INTO grain_state (service_id, state_name, grain_id, etag, payload) VALUES ('service', $state, $grain, 'e', $payload)",
                ("$state", grain.Split('/')[0]), ("$grain", grain), ("$payload", Array.Empty<byte>()));
        }
    });
}

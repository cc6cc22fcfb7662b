using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Cluster.Sessions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Baichuan.Cluster.State.Redis;

/// <summary>The sessions in Redis, by the keys that Orleans' grain storage gives them: service/state/type/key/state. A scan looks at every key of the database.</summary>
internal sealed class RedisStoredSessions(ConfigurationOptions options, IOptions<ClusterOptions> cluster) : IStoredSessions, IAsyncDisposable
{
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection = new(() => ConnectionMultiplexer.ConnectAsync(options));

    private string Prefix => $"{cluster.Value.ServiceId}/state/{IStoredSessions.GrainType}";

    public async Task<long> CountAsync(string model, string tenant) => (await ListAsync($"{model}/{tenant}/")).Count;

    public Task<List<SessionKey>> ListAsync() => ListAsync("");

    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated)
            await (await _connection.Value).DisposeAsync();
    }

    private async Task<List<SessionKey>> ListAsync(string below)
    {
        var connection = await _connection.Value;
        var sessions = new HashSet<SessionKey>(); // a scan may bring a key twice
        foreach (var server in connection.GetServers())
        {
            if (server.IsReplica)
                continue;
            await foreach (var key in server.KeysAsync(connection.GetDatabase().Database, $"{Escape(Prefix + below)}*/{IStoredSessions.StateName}"))
                sessions.Add(SessionKey.Parse(key.ToString()[Prefix.Length..^(IStoredSessions.StateName.Length + 1)]));
        }

        return [.. sessions];
    }

    private static string Escape(string text) => string.Concat(text.Select(character => "*?[]\\^".Contains(character) ? $"\\{character}" : $"{character}"));
}

using Baichuan.Cluster.Abstractions.State.Sqlite;
using Baichuan.Cluster.Sessions;
using Baichuan.Cluster.State.Postgres;
using Baichuan.Cluster.State.Redis;
using Baichuan.Cluster.State.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using StackExchange.Redis;

namespace Baichuan.Cluster.Hosting;

/// <summary>Ties a process to the store that <see cref="SiloHostOptions.Store"/> names. Silo and gateway processes choose alike.</summary>
public static class StateHosting
{
    /// <summary>Membership and grain state of a silo.</summary>
    public static void UseStateStore(this ISiloBuilder silo, SiloHostOptions options)
    {
        if (options.Store == StateStore.Sqlite)
        {
            silo.UseSqliteState(state => state.File = options.StateFile);
            return;
        }

        if (options.Store == StateStore.Postgres)
        {
            silo.Services.AddSingleton(_ => new PostgresState(options.StoreConnection));
            silo.Services.AddSingleton<IMembershipTable, PostgresMembershipTable>();
            silo.Services.AddSingleton<IStoredSessions, PostgresStoredSessions>();
            silo.Services.AddGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, (provider, _) => new PostgresGrainStorage(
                provider.GetRequiredService<PostgresState>(),
                provider.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId,
                new OrleansGrainStorageSerializer(provider.GetRequiredService<Serializer>()),
                provider.GetRequiredService<IActivatorProvider>()));
            return;
        }

        silo.Services.AddSingleton<IStoredSessions>(provider => new RedisStoredSessions(Redis(options), provider.GetRequiredService<IOptions<ClusterOptions>>()));
        silo.UseRedisClustering(redis => redis.ConfigurationOptions = Redis(options));
        silo.AddRedisGrainStorageAsDefault(storage => storage.Configure<Serializer>((redis, serializer) =>
        {
            redis.ConfigurationOptions = Redis(options);
            redis.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer); // as in the state file, and why: SqliteStateExtensions
            redis.DeleteStateOnClear = true; // what is forgotten leaves no row behind
        }));
    }

    /// <summary>How a process without a silo finds the silos.</summary>
    public static void UseStateStore(this IClientBuilder client, SiloHostOptions options)
    {
        if (options.Store == StateStore.Sqlite)
        {
            client.UseSqliteClustering(state => state.File = options.StateFile);
            return;
        }

        if (options.Store == StateStore.Postgres)
        {
            client.Services.AddSingleton(_ => new PostgresState(options.StoreConnection));
            client.Services.AddSingleton<IGatewayListProvider, PostgresGatewayListProvider>();
        }
        else
        {
            client.UseRedisClustering(redis => redis.ConfigurationOptions = Redis(options));
        }

        client.Services.Configure<GatewayOptions>(gateway => gateway.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1)); // Orleans' own is a minute
    }

    /// <summary>Makes the tables of PostgreSQL, or leaves those that are there.</summary>
    /// <param name="connection">As <see cref="SiloHostOptions.StoreConnection"/>, of a user who may make tables.</param>
    public static async Task MakePostgresTablesAsync(string connection, CancellationToken cancellationToken)
    {
        await using var state = new PostgresState(connection);
        await state.ScriptAsync(PostgresSchema.Sql, cancellationToken);
    }

    private static ConfigurationOptions Redis(SiloHostOptions options)
    {
        try
        {
            var redis = ConfigurationOptions.Parse(options.StoreConnection);
            redis.AbortOnConnectFail = false; // a server that comes back is taken up again
            return redis;
        }
        catch (ArgumentException)
        {
            // Its own message may repeat the text, and so the password.
            throw new ArgumentException("Silo:StoreConnection is not one of Redis; write host:port, then options after commas, such as redis:6379,password=SECRET.");
        }
    }
}

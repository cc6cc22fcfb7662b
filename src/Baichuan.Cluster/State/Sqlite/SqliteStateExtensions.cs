using Baichuan.Cluster.Abstractions.State.Sqlite;
using Baichuan.Cluster.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Baichuan.Cluster.State.Sqlite;

/// <summary>Makes a silo part of a one-machine cluster whose state is one file.</summary>
public static class SqliteStateExtensions
{
    /// <summary>
    /// Keeps the membership table and the default grain storage in the state file, which any of the cluster's processes may be killed over.
    /// The host's start fails with a sentence when the file is foreign or out of reach.
    /// </summary>
    public static ISiloBuilder UseSqliteState(this ISiloBuilder builder, Action<SqliteStateOptions> configure)
    {
        builder.Services.AddSqliteStateFile(configure);
        builder.Services.AddSingleton<IMembershipTable, SqliteMembershipTable>();
        builder.Services.AddSingleton<IStoredSessions, SqliteStoredSessions>();
        // Orleans' own binary serializer, not its JSON default: token lists stay bytes, members are matched by [Id] and so survive renames,
        // and only types with generated code are ever created from the file (the JSON one writes and follows .NET type names).
        builder.Services.AddGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, (provider, _) => new SqliteGrainStorage(
            provider.GetRequiredService<SqliteStateFile>(),
            provider.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId,
            new OrleansGrainStorageSerializer(provider.GetRequiredService<Serializer>()),
            provider.GetRequiredService<IActivatorProvider>()));
        return builder;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Baichuan.Cluster.Abstractions.State.Sqlite;

/// <summary>Lets an Orleans client find the silos of a one-machine cluster.</summary>
public static class SqliteClusteringExtensions
{
    /// <summary>
    /// Reads the gateway list from the state file, once a second. The cluster is the one that <see cref="ClusterOptions.ClusterId"/> names.
    /// The host's start fails with a sentence when the file is foreign or out of reach.
    /// </summary>
    public static IClientBuilder UseSqliteClustering(this IClientBuilder builder, Action<SqliteStateOptions> configure)
    {
        builder.Services.AddSqliteStateFile(configure);
        builder.Services.AddSingleton<IGatewayListProvider, SqliteGatewayListProvider>();
        // Orleans' own period is a minute, whatever the provider's staleness.
        builder.Services.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = SqliteGatewayListProvider.RefreshPeriod);
        return builder;
    }

    internal static void AddSqliteStateFile(this IServiceCollection services, Action<SqliteStateOptions> configure)
    {
        services.AddOptions<SqliteStateOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SqliteStateOptions>, SqliteStateOptionsValidator>());
        services.TryAddSingleton(provider => new SqliteStateFile(provider.GetRequiredService<IOptions<SqliteStateOptions>>().Value.File));
    }
}

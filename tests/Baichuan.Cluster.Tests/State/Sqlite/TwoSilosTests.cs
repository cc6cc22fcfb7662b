using System.Net;
using Baichuan.Cluster.Abstractions.State.Sqlite;
using Baichuan.Cluster.Hosting;
using Baichuan.Cluster.State.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Baichuan.Cluster.Tests.State.Sqlite;

public sealed class TwoSilosTests : IDisposable
{
    private readonly StateFolder _folder = new();
    private readonly string _cluster = Guid.NewGuid().ToString("N");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_cluster_goes_on_without_the_silo_that_began_it()
    {
        using var first = await StartSilo();
        using var second = await StartSilo();
        using var client = await StartClient();
        var grains = client.Services.GetRequiredService<IGrainFactory>();
        // Enough grains that some live on the first silo, wherever placement puts them.
        var counters = Enumerable.Range(0, 8).Select(number => grains.GetGrain<ICounterGrain>($"counter-{number}")).ToArray();
        foreach (var counter in counters)
        {
            await counter.Increment();
            await counter.Increment();
        }

        await first.StopAsync();

        foreach (var counter in counters)
        {
            Assert.Equal(2, await counter.Read());
            Assert.Equal(3, await counter.Increment());
        }

        await client.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task A_silo_with_a_foreign_file_does_not_start()
    {
        File.WriteAllText(_folder.File, "a list of departments");

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(StartSilo);

        Assert.Contains("is not a SQLite database", refusal.Message);
    }

    private async Task<IHost> StartSilo()
    {
        var builder = Builder();
        builder.UseOrleans(silo => silo
            .UseSqliteState(options => options.File = _folder.File)
            .Configure<ClusterOptions>(Name)
            .ConfigureEndpoints(IPAddress.Loopback, FreePort.Or(0, IPAddress.Loopback), FreePort.Or(0, IPAddress.Loopback)));
        return await Start(builder);
    }

    private async Task<IHost> StartClient()
    {
        var builder = Builder();
        builder.UseOrleansClient(client => client
            .UseSqliteClustering(options => options.File = _folder.File)
            .Configure<ClusterOptions>(Name));
        return await Start(builder);
    }

    private void Name(ClusterOptions options) => (options.ClusterId, options.ServiceId) = (_cluster, "tests");

    private static HostApplicationBuilder Builder()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        return builder;
    }

    private static async Task<IHost> Start(HostApplicationBuilder builder)
    {
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }
}

using Baichuan.Cluster.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Serialization;

namespace Baichuan.Cluster.Sessions;

/// <summary>Puts the seal of sessions together; a key that cannot be had fails the start.</summary>
internal static class SessionHosting
{
    // What the only key is called where it has no name of its own.
    private const string FileKeyName = "file";

    public static void AddSessionSeal(this IServiceCollection services)
    {
        services.AddSingleton(provider => Create(
            provider.GetRequiredService<IOptions<SessionOptions>>().Value,
            provider.GetRequiredService<IOptions<SiloHostOptions>>().Value,
            provider.GetRequiredService<Serializer<SessionContent>>()));
        services.AddHostedService<SessionSealCheck>();
    }

    private static SessionSeal Create(SessionOptions options, SiloHostOptions silo, Serializer<SessionContent> serializer)
    {
        if (options.Keys.Count == 0 && silo.Store != StateStore.Sqlite)
            throw new ArgumentException($"{SessionOptions.Section}:Keys is empty; with Silo:Store {silo.Store} the silos share no folder in which a key could be made. Give {SessionSeal.KeyBytes} random bytes in base64, the same to every silo.");
        if (options.Keys.Count == 0)
            return new SessionSeal(new Dictionary<string, byte[]> { [FileKeyName] = SessionKeyFile.ReadOrMake(SessionKeyFile.PathBeside(silo.StateFile)) }, FileKeyName, serializer);
        var active = options.ActiveKey.Length > 0 ? options.ActiveKey : options.Keys.Keys.Single();
        return new SessionSeal(options.Keys.ToDictionary(key => key.Key, key => SessionSeal.TryDecode(key.Value)!), active, serializer);
    }

    /// <summary>Makes the seal with the host, not with the first session.</summary>
    private sealed class SessionSealCheck(IServiceProvider services) : Microsoft.Extensions.Hosting.IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            services.GetRequiredService<SessionSeal>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

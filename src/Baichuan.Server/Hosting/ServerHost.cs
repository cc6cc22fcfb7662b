using System.Data.Common;
using Baichuan.Cluster.Hosting;
using Baichuan.Gateway;
using Baichuan.Model;
using Baichuan.Model.Plan;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using Prometheus;
using StackExchange.Redis;

namespace Baichuan.Server.Hosting;

/// <summary>What every serving verb does around its host: configuration, logging, metrics, and start-up errors as sentences.</summary>
internal static class ServerHost
{
    /// <summary>Exit code when something outside failed that may work at another time, such as a port or a disk.</summary>
    public const int Failed = 1;

    /// <summary>Exit code when the configuration or the model cannot be served: trying again is no use.</summary>
    public const int Refused = 2;

    // From the end of draining to the end of the process: streams get their last event, connections close.
    private static readonly TimeSpan LastEventTime = TimeSpan.FromSeconds(10);

    /// <param name="settings">Values of the command line; they win over environment and files.</param>
    public static WebApplicationBuilder CreateBuilder(IReadOnlyDictionary<string, string?> settings)
    {
        Metrics.SuppressDefaultMetrics(); // ours only: theirs do not follow the naming rules that promtool checks
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults }); // below files and environment
        builder.Configuration.AddInMemoryCollection(settings);
        if (builder.Configuration["Logging:Console:FormatterName"] == "json")
            builder.Logging.AddJsonConsole(); // the slim builder has the simple form alone, and chooses it
        builder.Services.AddSingleton(Metrics.DefaultRegistry); // one page for a silo and a gateway in one process
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTimeout(builder.Configuration) + LastEventTime);
        return builder;
    }

    // What a process drains, silo or gateway or both, has its time before the host breaks connections.
    private static TimeSpan DrainTimeout(IConfiguration configuration)
    {
        var silo = configuration.GetValue("Silo:DrainTimeout", new SiloHostOptions().DrainTimeout);
        var gateway = configuration.GetValue("Gateway:DrainTimeout", new GatewayOptions().DrainTimeout);
        return silo > gateway ? silo : gateway;
    }

    /// <summary>Makes a host and runs it to its end. A start that fails for a reason that its user can mend prints that reason only.</summary>
    public static async Task<int> RunAsync(Func<WebApplication> create)
    {
        try
        {
            await create().RunAsync();
            return Environment.ExitCode; // 0, unless a service that ended the process set another
        }
        catch (OperationCanceledException)
        {
            return Failed; // stopped while it started
        }
        catch (Exception e) when (Sentence(e) is { } sentence)
        {
            await Console.Error.WriteLineAsync($"baichuan-server cannot start: {sentence}");
            return e is IOException or RedisException or DbException or OrleansException ? Failed : Refused;
        }
    }

    /// <summary>The message for an error that the user of a command can mend; null for a fault of ours.</summary>
    public static string? Sentence(Exception failure) => failure switch
    {
        OptionsValidationException options => string.Join(Environment.NewLine, options.Failures),
        ModelFormatException or PlanException or ArgumentException or InsufficientMemoryException or IOException or UnauthorizedAccessException => failure.Message,
        InvalidOperationException { InnerException: FormatException or ArgumentException } => failure.Message, // a setting that is not of its type
        RedisException or DbException => $"The store of Silo:StoreConnection: {failure.Message}",
        OrleansException { InnerException: { } cause } => Sentence(cause),
        AggregateException { InnerExceptions: [var only] } => Sentence(only),
        _ => null,
    };

    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Deployment:ModelFolder"] = Path.Combine(AppContext.BaseDirectory, "Models", "demo"),
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Grpc"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information", // where it listens
        ["Logging:LogLevel:Orleans"] = "Warning",
        ["Logging:LogLevel:Orleans.Runtime"] = "Error", // warns of client garbage collection, which is what processes with one slot should have
        ["Logging:LogLevel:Orleans.Messaging"] = "Critical", // its failures reach the caller as exceptions, and the caller knows what they mean
        ["Logging:LogLevel:Orleans.Grain"] = "Critical",
        ["Logging:LogLevel:Polly"] = "None", // narrates every placement
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "HH:mm:ss.fff ",
    };
}

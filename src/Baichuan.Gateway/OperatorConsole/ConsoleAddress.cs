using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.OperatorConsole;

/// <summary>Where the console is, which nobody knows before the server listens.</summary>
internal static partial class ConsoleAddress
{
    private const int Listener = 2; // after those of gRPC and metrics

    /// <summary>Logs the address when the application has started.</summary>
    public static void SayWhereConsoleIs(this WebApplication app) =>
        app.Lifetime.ApplicationStarted.Register(() => LogConsole(app.Logger, $"{app.Urls.ElementAt(Listener)}{ConsoleFront.Path}/"));

    [LoggerMessage(LogLevel.Information, "The console is at {Address}")]
    private static partial void LogConsole(ILogger logger, string address);
}

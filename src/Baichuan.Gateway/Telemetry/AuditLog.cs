using Baichuan.Gateway.Tenants;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.Telemetry;

/// <summary>
/// For the security officer: a line for every call that ended, of log category <see cref="Category"/>. Who called what, by which of their keys, from where, how it ended and how many tokens it took; never what was said. With
/// the console's JSON form each line is an object whose State has the fields.
/// </summary>
internal sealed partial class AuditLog(ILoggerFactory loggers)
{
    public const string Category = "Baichuan.Audit";

    private readonly ILogger _log = loggers.CreateLogger(Category);

    /// <summary>A request that was accepted has ended.</summary>
    public void OnStreamEnded(
        Tenant tenant, string method, string peer, string outcome, string requestId, string profile, int promptTokens, int completionTokens, TimeSpan duration) =>
        LogStream(tenant.Name, tenant.Key, method, peer, outcome, requestId, profile, promptTokens, completionTokens, duration.TotalSeconds);

    /// <summary>Any other call, or one that was refused.</summary>
    /// <param name="tenant">Null: nobody knows whose it was.</param>
    public void OnCallEnded(Tenant? tenant, string method, string peer, string outcome) => LogCall(tenant?.Name ?? "", tenant?.Key ?? Tenant.NoKey, method, peer, outcome);

    public void OnCallEnded(ServerCallContext call, string method, string outcome) => OnCallEnded(TenantGate.FindTenant(call), method, call.Peer, outcome);

    [LoggerMessage(1, LogLevel.Information,
        "{Tenant} by key {Key} called {Method} from {Peer}: {Outcome}, request {RequestId}, profile {Profile}, {PromptTokens} prompt and {CompletionTokens} completion tokens, {Seconds:F3} s.")]
    private partial void LogStream(
        string tenant, string key, string method, string peer, string outcome, string requestId, string profile, int promptTokens, int completionTokens, double seconds);

    [LoggerMessage(2, LogLevel.Information, "{Tenant} by key {Key} called {Method} from {Peer}: {Outcome}.")]
    private partial void LogCall(string tenant, string key, string method, string peer, string outcome);
}

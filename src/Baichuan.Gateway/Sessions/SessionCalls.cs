using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Sessions;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.Sessions;

/// <summary>Calls to session grains, repeated while their silo is being replaced: each of them may be. Thread-safe.</summary>
internal sealed partial class SessionCalls(IClusterGrains grains, GatewayOptions options, TimeProvider time, ILogger<SessionCalls> log)
{
    public TimeProvider Time => time;

    /// <exception cref="RefusedException">No answer within <see cref="GatewayOptions.SessionTimeout"/>: UNAVAILABLE.</exception>
    public async Task<T> AskAsync<T>(SessionKey key, Func<ISessionGrain, Task<T>> call, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        var delay = options.RetryDelay;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await call(grains.Session(key)).WaitAsync(options.ReplicaTimeout, time, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                if (time.GetElapsedTime(since) >= options.SessionTimeout)
                {
                    LogSilent(e);
                    throw RefusedException.Unavailable($"The session did not answer within {options.SessionTimeout.TotalSeconds} s; send the request again later.");
                }
            }

            await Task.Delay(delay, time, cancellationToken);
            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, options.RetryDelay.Ticks * 10));
        }
    }

    /// <summary>Says something that need not arrive.</summary>
    public void Tell(SessionKey key, Func<ISessionGrain, Task> call) => call(grains.Session(key)).Ignore();

    [LoggerMessage(LogLevel.Warning, "A session does not answer.")]
    private partial void LogSilent(Exception exception);
}

using System.Collections.Concurrent;
using Baichuan.Gateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.Tests.Hosting;

/// <summary>Everything that was logged, at every level, so that a test can look for what must not be there.</summary>
internal sealed class RecordedLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly RecordedLog? _audit;

    public RecordedLog() => _audit = new RecordedLog(_lines);

    private RecordedLog(ConcurrentQueue<string> all) => All = all;

    private ConcurrentQueue<string>? All { get; }

    /// <summary>The sentences of the audit alone.</summary>
    public IEnumerable<string> AuditLines => _audit!._lines.Select(line => line["Information: ".Length..].TrimEnd());

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => categoryName == AuditLog.Category ? _audit! : this;

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{logLevel}: {formatter(state, exception)} {exception}";
        _lines.Enqueue(line);
        All?.Enqueue(line);
    }

    public void Dispose()
    {
    }
}

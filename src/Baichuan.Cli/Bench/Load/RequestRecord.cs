using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Bench.Load;

/// <summary>What happened to one request. Written by the task that sends it, read after the run. Times count from the start of the run.</summary>
internal sealed class RequestRecord(TimeSpan due, TimeSpan sent)
{
    private readonly List<TimeSpan> _gaps = [];
    private TimeSpan _lastTokens;

    /// <summary>When it was to be sent: by the timetable, or after the think time of its conversation.</summary>
    public TimeSpan Due => due;

    /// <summary>When it was sent: later than due where it waited for --max-concurrency, or where this process was late.</summary>
    public TimeSpan Sent => sent;

    /// <summary>Null where no token came.</summary>
    public TimeSpan? FirstToken { get; private set; }

    public TimeSpan End { get; private set; }

    /// <summary>Times between successive token events. An event may carry several tokens (those whose text is complete only together): one gap, as vLLM counts.</summary>
    public IReadOnlyList<TimeSpan> Gaps => _gaps;

    /// <summary>Of whole answers.</summary>
    public Usage Usage { get; private set; } = new();

    public Outcome Outcome { get; private set; } = Outcome.Failed;

    /// <summary>Why it failed.</summary>
    public Status Status { get; private set; } = new(StatusCode.Internal, "The gateway closed a stream without a `finished` event.");

    public void OnTokens(TimeSpan now)
    {
        if (FirstToken is null)
            FirstToken = now;
        else
            _gaps.Add(now - _lastTokens);
        _lastTokens = now;
    }

    public void OnFinished(GenerationFinished finished)
    {
        if (finished.Reason is FinishReason.Stop or FinishReason.Length)
            (Outcome, Usage) = (Outcome.Completed, finished.Usage);
        else
            Status = StatusOf(finished);
    }

    public void OnStatus(Status status) => (Outcome, Status) = (status.StatusCode == StatusCode.ResourceExhausted ? Outcome.Refused : Outcome.Failed, status);

    public void OnInterrupted() => Outcome = Outcome.Interrupted;

    public void OnEnded(TimeSpan now) => End = now;

    private static Status StatusOf(GenerationFinished finished) => finished.Reason switch
    {
        FinishReason.Deadline => new Status(StatusCode.DeadlineExceeded, "The answer ended at its deadline."),
        FinishReason.Error => new Status((StatusCode)finished.Error.Code, finished.Error.Message),
        _ => new Status(StatusCode.Cancelled, "The answer was cancelled by the cluster."),
    };
}

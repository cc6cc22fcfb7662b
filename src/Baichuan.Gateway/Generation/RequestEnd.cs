using Baichuan.Gateway.Requests;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Gateway.Generation;

/// <summary>What ends a request from outside: its client goes, its deadline comes, or the gateway shuts down.</summary>
internal sealed class RequestEnd : IDisposable
{
    /// <summary>A timer's limit; a deadline that is later does not matter.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(40);

    private readonly ServerCallContext _call;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _any;

    public RequestEnd(ServerCallContext call, GatewayOptions options, GatewayLifetime lifetime, TimeProvider time)
    {
        _call = call;
        _deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        var left = call.Deadline - time.GetUtcNow().UtcDateTime;
        if (left < _longest)
        {
            // A little early, or the protocol's own timers would end the call before its last event.
            left = left > 2 * options.DeadlineMargin ? left - options.DeadlineMargin : left / 2;
            left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            Deadline = time.GetUtcNow() + left;
            _deadline.CancelAfter(left);
        }

        _any = CancellationTokenSource.CreateLinkedTokenSource(call.CancellationToken, _deadline.Token, lifetime.Ending);
    }

    /// <summary>When the request ends by itself; null: never.</summary>
    public DateTimeOffset? Deadline { get; }

    /// <summary>Cancelled when the request is to end, for whichever reason.</summary>
    public CancellationToken Token => _any.Token;

    public bool HasCome => _any.IsCancellationRequested;

    /// <summary>How a stream that it cut off is called.</summary>
    public FinishReason Reason =>
        _deadline.IsCancellationRequested ? FinishReason.Deadline
        : _call.CancellationToken.IsCancellationRequested ? FinishReason.Cancelled
        : FinishReason.Error;

    /// <summary>What a client gets whose request had not been accepted by then.</summary>
    public RefusedException ToRefusal() => Reason switch
    {
        FinishReason.Deadline => new(StatusCode.DeadlineExceeded, "The deadline passed before a replica took the request; allow more time."),
        FinishReason.Cancelled => new(StatusCode.Cancelled, "The client cancelled the request."),
        _ => GatewayLifetime.Refusal(),
    };

    public void Dispose()
    {
        _any.Dispose();
        _deadline.Dispose();
    }
}

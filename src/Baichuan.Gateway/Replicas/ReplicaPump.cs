using System.Threading.Channels;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Streams;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.Replicas;

/// <summary>
/// All traffic with one replica: one outstanding Next that brings what is new for all of the gateway's streams there, and submissions and cancellations
/// beside it. Owns two tasks: the loop of Next calls, which rests while no stream is open, and the sender of cancellations.
/// </summary>
/// <remarks>
/// The replica may be restarted, moved or cut off at any time. One that gives no good answer for <see cref="GatewayOptions.ReplicaTimeout"/> is given up:
/// its streams are lost here, and whoever reads them submits them again, here or elsewhere. That a replica may then run a sequence twice costs time
/// only: nobody reads the older one, and it is cancelled when its updates arrive.
/// </remarks>
internal sealed partial class ReplicaPump : IAsyncDisposable
{
    /// <summary>How long the replica may wait for news.</summary>
    private static readonly TimeSpan _maxWait = TimeSpan.FromMilliseconds(250);

    /// <summary>An answer that takes longer is lost with the silo that it came through, or went to: nobody tells a
    /// client of Orleans. Asking again costs nothing, since the later call takes over.</summary>
    private static readonly TimeSpan _answerTime = TimeSpan.FromMilliseconds(500);

    private readonly int _index;
    private readonly IReplicaGrain _replica;
    private readonly string _gateway;
    private readonly GatewayOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly OpenStreams _streams;
    private readonly Channel<bool> _opened = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Channel<ulong> _cancellations = Channel.CreateUnbounded<ulong>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private readonly Task _canceller;
    private volatile bool _isFailing;
    private long _lastFailure;

    public ReplicaPump(int index, IReplicaGrain replica, string gateway, GatewayOptions options, GatewayMetrics metrics, TimeProvider time, ILogger log)
    {
        (_index, _replica, _gateway, _options, _metrics, _time, _log) = (index, replica, gateway, options, metrics, time, log);
        _streams = new OpenStreams(patience: 2 * options.ReplicaTimeout, time);
        _loop = Task.Run(() => AskAsync(_stop.Token));
        _canceller = Task.Run(() => CancelAsync(_stop.Token));
    }

    /// <summary>The replica's number.</summary>
    public int Index => _index;

    /// <summary>The last call failed a short while ago: others are to be preferred.</summary>
    public bool IsFailing => _isFailing && _time.GetElapsedTime(Volatile.Read(ref _lastFailure)) < _options.ReplicaTimeout;

    /// <summary>Streams of this gateway that are open there.</summary>
    public int OpenStreams => _streams.Count;

    /// <summary>Offers a request to the replica. If this fails or is cancelled, a stream that was opened after all is cancelled when that is known.</summary>
    /// <param name="received">Tokens that the gateway already has.</param>
    /// <returns>The stream; or none, and the reply with the refusal.</returns>
    /// <exception cref="TimeoutException">No answer within <see cref="GatewayOptions.ReplicaTimeout"/>, or half a second where the last call failed.</exception>
    public async Task<(ReplicaStream? Stream, SubmitReply Reply)> SubmitAsync(SubmitRequest request, int received, CancellationToken cancellationToken)
    {
        Task<SubmitReply>? call = null;
        try
        {
            call = _replica.Submit(request);
            var reply = await call.WaitAsync(_isFailing ? _answerTime : _options.ReplicaTimeout, _time, cancellationToken);
            _isFailing = false;
            return (reply.Stream == 0 ? null : Open(reply, received, request.Profile.Length > 0), reply);
        }
        catch (Exception e)
        {
            if (!cancellationToken.IsCancellationRequested)
                OnCallFailed(e);
            if (call is not null)
                _ = CancelWhenAnsweredAsync(call);
            throw;
        }
    }

    /// <summary>Forgets a stream; one that was not over is cancelled at the replica.</summary>
    public void Close(ReplicaStream stream)
    {
        if (_streams.Remove(stream))
            _cancellations.Writer.TryWrite(stream.Number);
    }

    /// <summary>Loses the streams that are open: each is submitted again, elsewhere, and cancelled here.</summary>
    /// <param name="all">As in <see cref="Replicas.OpenStreams.Lose"/>.</param>
    public void GiveUp(bool all)
    {
        var lost = _streams.Lose(all);
        foreach (var stream in lost)
            _cancellations.Writer.TryWrite(stream);
        if (lost.Count > 0)
            LogGivenUp(_index, lost.Count);
    }

    /// <summary>A stream's client does not keep up: the replica is told to stop, and keeps what it has computed as long as it has room.</summary>
    public void Park(ReplicaStream stream)
    {
        _metrics.OnParked();
        _cancellations.Writer.TryWrite(stream.Number);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loop, _canceller).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private ReplicaStream Open(SubmitReply reply, int received, bool isBound)
    {
        var stream = new ReplicaStream(this, reply.Stream, received) { Profile = reply.Profile, MustKeepProfile = isBound };
        _streams.Add(stream);
        _opened.Writer.TryWrite(true);
        return stream;
    }

    private async Task CancelWhenAnsweredAsync(Task<SubmitReply> call)
    {
        await ((Task)call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (call.IsCompletedSuccessfully && call.Result.Stream != 0)
            _cancellations.Writer.TryWrite(call.Result.Stream);
    }

    private async Task AskAsync(CancellationToken stop)
    {
        var lastAnswer = _time.GetTimestamp();
        var delay = _options.RetryDelay;
        while (true)
        {
            var cursors = _streams.Cursors();
            if (cursors.Length == 0)
            {
                await _opened.Reader.ReadAsync(stop);
                lastAnswer = _time.GetTimestamp();
                continue;
            }

            try
            {
                var request = new NextRequest { Gateway = _gateway, Cursors = cursors, MaxWait = _maxWait };
                var reply = await _replica.Next(request).WaitAsync(_answerTime, _time, stop);
                foreach (var orphan in _streams.Take(StreamUpdates.Parse(reply.Frame)))
                    _cancellations.Writer.TryWrite(orphan);
                _isFailing = false;
                lastAnswer = _time.GetTimestamp();
                delay = _options.RetryDelay;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                OnCallFailed(e);
                if (_time.GetElapsedTime(lastAnswer) >= _options.ReplicaTimeout)
                    LogGivenUp(_index, _streams.Lose(all: true).Count);
                await Task.Delay(delay, _time, stop);
                delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, _options.RetryDelay.Ticks * 10));
            }
        }
    }

    private async Task CancelAsync(CancellationToken stop)
    {
        while (await _cancellations.Reader.WaitToReadAsync(stop))
        {
            var streams = new List<ulong>();
            while (_cancellations.Reader.TryRead(out var stream))
                streams.Add(stream);
            try
            {
                await _replica.Cancel(new CancelRequest(_gateway, streams)).WaitAsync(_options.ReplicaTimeout, _time, stop);
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                // Not sent again: if the replica lives, such a stream's next updates are read by nobody and cancel it; if not, there is nothing to cancel.
                OnCallFailed(e);
            }
        }
    }

    private void OnCallFailed(Exception e)
    {
        _metrics.OnReplicaCallFailed();
        Volatile.Write(ref _lastFailure, _time.GetTimestamp());
        if (_isFailing)
            return;
        _isFailing = true;
        LogCallFailed(e, _index);
    }

    [LoggerMessage(LogLevel.Warning, "Replica {Replica} does not answer; the gateway keeps asking.")]
    private partial void LogCallFailed(Exception exception, int replica);

    [LoggerMessage(LogLevel.Warning, "Replica {Replica} is given up for now; {Streams} streams look for another or wait for it.")]
    private partial void LogGivenUp(int replica, int streams);
}

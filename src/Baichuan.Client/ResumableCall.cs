using System.Diagnostics;
using System.Runtime.CompilerServices;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Client;

/// <summary>
/// One request over the gateways of a cluster. Where the call breaks or its gateway shuts down, the next one goes on at the next token; the reader sees one stream. A request that has
/// not started is sent again under its id, so that it runs once at any gateway.
/// </summary>
/// <param name="start">Begins the request at a gateway.</param>
/// <param name="choices">Completions that it asks for.</param>
/// <param name="resume">The request as one to be resumed, but for where; null: it cannot be resumed, and breaks with its gateway.</param>
internal sealed class ResumableCall(
    Gateways gateways, Func<Gateway, CallOptions, AsyncServerStreamingCall<GenerationEvent>> start, int choices, ResumeRequest? resume, TimeSpan patience)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly StreamProgress _progress = new(choices);

    public async IAsyncEnumerable<GenerationEvent> ReadAsync(TimeSpan? timeout, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var deadline = DateTime.UtcNow + timeout;
        var refusals = 0;
        var (pause, brokenSince) = (FirstPause, 0L);
        while (true)
        {
            var gateway = gateways.Current;
            RpcException? failure = null;
            using (var call = Begin(gateway, new CallOptions(deadline: deadline, cancellationToken: cancellationToken)))
            {
                while (!_progress.HasFinished)
                {
                    (var arrived, failure) = await NextAsync(call.ResponseStream, cancellationToken);
                    if (failure is not null || arrived is null)
                        break;
                    if (IsHandover(arrived) && !HasLostPatience(brokenSince))
                    {
                        failure = new RpcException(new Status(StatusCode.Unavailable, arrived.Finished.Error.Message));
                        break;
                    }

                    if (arrived.Tokens is not null)
                        (pause, brokenSince) = (FirstPause, 0);
                    foreach (var next in _progress.Take(arrived))
                        yield return next;
                }
            }

            if (failure is null)
                yield break;
            _progress.OnBroken();
            brokenSince = brokenSince == 0 ? Stopwatch.GetTimestamp() : brokenSince;
            if (!MayGoOn(failure, ref refusals) || HasLostPatience(brokenSince))
                throw failure;
            gateways.PassOver(gateway);
            await Task.Delay(pause, cancellationToken);
            pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
        }
    }

    private AsyncServerStreamingCall<GenerationEvent> Begin(Gateway gateway, CallOptions options)
    {
        if (!_progress.HasStarted)
            return start(gateway, options);
        var request = resume!.Clone();
        _progress.WriteTo(request);
        gateways.CountResumption();
        return gateway.Inference.Resume(request, options);
    }

    /// <summary>The gateway gives the stream up and says that it can go on elsewhere.</summary>
    private bool IsHandover(GenerationEvent arrived) =>
        resume is not null && gateways.Count > 1 && arrived.Finished?.Error is { Code: (int)StatusCode.Unavailable };

    /// <summary>Before it has started, a request that a gateway cannot take is offered to each of the others once; a stream that was running goes on unless it is itself refused.</summary>
    private bool MayGoOn(RpcException failure, ref int refusals)
    {
        if (gateways.Count == 1)
            return false;
        if (!_progress.HasStarted)
            return failure.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown && ++refusals < gateways.Count;
        return resume is not null && failure.StatusCode is not (StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.PermissionDenied
            or StatusCode.Unauthenticated or StatusCode.Unimplemented or StatusCode.DeadlineExceeded or StatusCode.Aborted);
    }

    private bool HasLostPatience(long brokenSince) => brokenSince != 0 && Stopwatch.GetElapsedTime(brokenSince) > patience;

    private static async Task<(GenerationEvent? Arrived, RpcException? Failure)> NextAsync(IAsyncStreamReader<GenerationEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            return (await events.MoveNext(CancellationToken.None) ? events.Current : null, null); // the call has the token already
        }
        catch (RpcException e) when (cancellationToken.IsCancellationRequested) // of whatever status: a read may see the connection's end first
        {
            throw new OperationCanceledException(e.Status.Detail, e, cancellationToken);
        }
        catch (RpcException e)
        {
            return (null, e);
        }
    }
}

using Baichuan.Model.Faults;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Gateway.Generation;

/// <summary>The events' way to the client, which may be slow to take them.</summary>
internal sealed class ClientStream(IServerStreamWriter<GenerationEvent> writer, ServerCallContext call, TimeSpan limit, TimeProvider time)
{
    private bool _isLost;

    /// <summary>Completes when the event is on its way. The server's buffer for a call is small, so a client that stops reading is noticed.</summary>
    /// <exception cref="ClientLostException">The client is gone, or did not read for too long and was cut off.</exception>
    public async Task WriteAsync(GenerationEvent generationEvent)
    {
        FaultPoint.Pass(FaultPoint.BeforeGatewayWrite);
        try
        {
            await writer.WriteAsync(generationEvent).WaitAsync(limit, time);
            FaultPoint.Pass(FaultPoint.AfterGatewayWrite);
        }
        catch (TimeoutException e)
        {
            _isLost = true;
            call.GetHttpContext().Abort();
            throw new ClientLostException($"The client took no event for {limit.TotalSeconds} s (SlowClientTimeout) and was cut off.", e);
        }
        catch (Exception e)
        {
            _isLost = true;
            throw new ClientLostException("The client is gone.", e);
        }
    }

    /// <summary>Writes the last event if there is still a client. One that is gone by now has missed nothing that anybody could tell it.</summary>
    public async Task WriteLastAsync(GenerationEvent generationEvent)
    {
        if (_isLost || call.CancellationToken.IsCancellationRequested)
            return;
        await WriteAsync(generationEvent).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

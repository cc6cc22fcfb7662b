using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Gateway.Generation;

/// <summary>The events' way to the client, which may be slow to take them. Thread-safe: the choices of a request take turns.</summary>
internal sealed class ClientStream(IServerStreamWriter<GenerationEvent> writer, ServerCallContext call, TimeSpan limit, TimeProvider time)
{
    private readonly SemaphoreSlim _turn = new(1); // never waits by its handle, so there is nothing to dispose of
    private bool _isLost;

    /// <summary>Completes when the event is on its way. The server's buffer for a call is small, so a client that stops reading is noticed.</summary>
    /// <exception cref="ClientLostException">The client is gone, or did not read for too long and was cut off.</exception>
    public async Task WriteAsync(GenerationEvent generationEvent)
    {
        await _turn.WaitAsync();
        try
        {
            if (_isLost)
                throw new ClientLostException("The client is gone.");
            await writer.WriteAsync(generationEvent).WaitAsync(limit, time);
        }
        catch (TimeoutException e)
        {
            _isLost = true;
            call.GetHttpContext().Abort();
            throw new ClientLostException($"The client took no event for {limit.TotalSeconds} s (SlowClientTimeout) and was cut off.", e);
        }
        catch (Exception e) when (e is not ClientLostException)
        {
            _isLost = true;
            throw new ClientLostException("The client is gone.", e);
        }
        finally
        {
            _turn.Release();
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

namespace Baichuan.Testing.Processes;

/// <summary>For what other processes do in their own time.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <param name="otherwise">What to say if it does not come to be.</param>
    /// <exception cref="TimeoutException">It is not so within <paramref name="most"/>.</exception>
    public static async Task UntilAsync(Func<Task<bool>> isSo, Func<string> otherwise, TimeSpan most, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(most);
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (!await isSo())
                await timer.WaitForNextTickAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"Not within {most.TotalSeconds} s: {otherwise()}");
        }
    }
}

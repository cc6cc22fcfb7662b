namespace Baichuan.Cli.Tests.Fakes;

/// <summary>
/// Runs asynchronous code on the calling thread, and moves the clock to the next timer whenever there is nothing else to do: hours pass at once, and always
/// in the same order. The code must not leave the thread (no Task.Run, no network).
/// </summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly Queue<Action> _work = new();
    private readonly PriorityQueue<VirtualTimer, (TimeSpan Due, int Number)> _timers = new();
    private int _timersMade;

    public TimeSpan Now { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, period);
        var timer = new VirtualTimer(() => callback(state));
        if (dueTime != Timeout.InfiniteTimeSpan)
            _timers.Enqueue(timer, (Now + dueTime, _timersMade++));
        return timer;
    }

    public T Run<T>(Func<Task<T>> code)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new Context(_work));
        try
        {
            var result = code();
            while (!result.IsCompleted)
            {
                if (_work.TryDequeue(out var next))
                    next();
                else
                    FireNextTimer();
            }

            return result.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void FireNextTimer()
    {
        Assert.True(_timers.TryDequeue(out var timer, out var priority), "The code waits, and nothing will ever wake it.");
        if (timer.IsDisposed)
            return;
        Now = priority.Due;
        timer.Fire();
    }

    private sealed class Context(Queue<Action> work) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback callback, object? state) => work.Enqueue(() => callback(state));
    }

    private sealed class VirtualTimer(Action fire) : ITimer
    {
        public bool IsDisposed { get; private set; }

        public Action Fire => fire;

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => IsDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

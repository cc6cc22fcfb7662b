using Baichuan.Compute.Channels;
using Baichuan.Model.Execution;

namespace Baichuan.Compute.Local;

/// <summary>One shard of a <see cref="LocalReplica"/> and the thread that loads it and runs its steps: its memory is first touched where it will be read.</summary>
internal sealed class ShardThread : IDisposable
{
    private readonly SemaphoreSlim _begin = new(0);
    private readonly SemaphoreSlim _end = new(0);
    private readonly Thread _thread;
    private IShardExecutor? _executor;
    private StepBatch? _batch;

    /// <summary>Begins to load; <see cref="Join"/> waits for the end of it.</summary>
    public ShardThread(Func<IShardExecutor> load)
    {
        _thread = new Thread(() => Work(load)) { IsBackground = true, Name = "shard" };
        _thread.Start();
    }

    /// <summary>The channels of the open epoch.</summary>
    public ShardPeers? Peers { get; private set; }

    public StepResult? Result { get; private set; }

    public Exception? Failure { get; private set; }

    /// <summary>Opens an epoch: no sequences, other channels. Nothing may run.</summary>
    public void Open(ShardPeers peers)
    {
        Peers?.Dispose();
        _executor!.Reset();
        Peers = peers;
    }

    public void Begin(StepBatch batch)
    {
        _batch = batch;
        _begin.Release();
    }

    /// <summary>Waits until the shard is loaded, or the step has a <see cref="Result"/>; or for a <see cref="Failure"/>. The peers' step timeout bounds a step.</summary>
    public void Join() => _end.Wait();

    public void Dispose()
    {
        _batch = null;
        _begin.Release();
        _thread.Join();
        _executor?.Dispose();
        Peers?.Dispose();
        _begin.Dispose();
        _end.Dispose();
    }

    private void Work(Func<IShardExecutor> load)
    {
        Try(() => _executor = load());
        if (_executor is null)
            return;
        var step = () => { Result = _executor.Execute(_batch!, Peers!); }; // made once: a step allocates nothing
        while (true)
        {
            _begin.Wait();
            if (_batch is null)
                return;
            Try(step);
        }
    }

    private void Try(Action work)
    {
        (Result, Failure) = (null, null);
        try
        {
            work();
        }
        catch (Exception e)
        {
            Failure = e;
            // Peers that wait for this shard fail now, not at their deadline.
            Peers?.Close("its step failed");
        }

        _end.Release();
    }
}

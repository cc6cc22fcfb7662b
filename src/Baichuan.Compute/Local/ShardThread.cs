using Baichuan.Compute.Channels;
using Baichuan.Model.Execution;

namespace Baichuan.Compute.Local;

/// <summary>One shard of a <see cref="LocalReplica"/> and the thread that runs its steps.</summary>
internal sealed class ShardThread : IDisposable
{
    private readonly SemaphoreSlim _begin = new(0);
    private readonly SemaphoreSlim _end = new(0);
    private readonly Thread _thread;
    private StepBatch? _batch;

    public ShardThread(IShardExecutor executor)
    {
        Executor = executor;
        _thread = new Thread(Work) { IsBackground = true, Name = "shard" };
        _thread.Start();
    }

    public IShardExecutor Executor { get; }

    public ShardPeers? Peers { get; set; }

    public StepResult? Result { get; private set; }

    public Exception? Failure { get; private set; }

    public void Begin(StepBatch batch)
    {
        _batch = batch;
        _begin.Release();
    }

    /// <summary>Waits until the step has a <see cref="Result"/> or a <see cref="Failure"/>; the peers' step timeout bounds the wait.</summary>
    public void Join() => _end.Wait();

    public void Dispose()
    {
        _batch = null;
        _begin.Release();
        _thread.Join();
        Executor.Dispose();
        Peers?.Dispose();
        _begin.Dispose();
        _end.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            _begin.Wait();
            if (_batch is null)
                return;
            (Result, Failure) = (null, null);
            try
            {
                Result = Executor.Execute(_batch, Peers!);
            }
            catch (Exception e)
            {
                Failure = e;
                // Peers that wait for this shard fail now, not at their deadline.
                Peers!.Close("its step failed");
            }

            _end.Release();
        }
    }
}

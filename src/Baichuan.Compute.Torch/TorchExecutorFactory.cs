using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Baichuan.Compute.Torch.Native;
using Baichuan.Compute.Torch.Weights;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch;

/// <summary>Makes executors that run on libtorch. Loads its native library when made, so it is made only where this executor is chosen.</summary>
public sealed class TorchExecutorFactory : IShardExecutorFactory
{
    /// <param name="threads">Threads of an operator on the CPU. libtorch keeps one such number per process and a pool of that size for every thread that
    /// calls it: the process's share of the cores, divided by the shards that it runs at once.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp's native library does not load here; the message says what to do.</exception>
    public TorchExecutorFactory(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        LibTorchSharp.MakeLoadable();
        SetThreads(threads);
    }

    /// <inheritdoc/>
    public string Name => "torch";

    /// <summary>This project's sequence of operators, the library that runs them, and the instruction set by which it chooses its kernels.</summary>
    public string KernelVersion => $"torch-1-libtorch-{torch.__version__}-{(Avx512F.IsSupported ? "avx512" : Avx2.IsSupported ? "avx2" : "default")}";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An option cannot be; a device that does not exist is answered with those that do.</exception>
    /// <exception cref="InsufficientMemoryException">The shard does not fit into the device's memory.</exception>
    public IShardExecutor Load(ModelCheckpoint checkpoint, ShardPlan plan, Shard shard, ExecutorOptions options, CancellationToken cancellation)
    {
        options.CheckSizes(plan.Config);
        if (options.Weights.IsCoded())
            throw new ArgumentException($"The torch executor keeps weights as F32 or BF16, not as {options.Weights}: choose one of these, or the cpu executor.", nameof(options));
        if (options.KvCopies)
            throw new ArgumentException("The torch executor keeps no copies of a partner's keys and values: load it without.", nameof(options));
        var device = TorchDevices.Find(options.Device);
        var heap = new NativeHeap();
        using var scope = torch.NewDisposeScope();
        try
        {
            var model = new ShardModel(new SliceLoader(checkpoint, shard, device, cancellation), plan.Config, shard, options, device);
            return new TorchExecutor(plan, shard, model, options, device, heap, scope);
        }
        catch (Exception e)
        {
            heap.Dispose();
            if (e is not ExternalException)
                throw;
            throw new InsufficientMemoryException(
                $"Device \"{options.Device}\" cannot hold rank {shard.Rank} of stage {shard.Stage} ({FirstLine(e.Message)}): "
                + "give it fewer KV blocks or batch rows, or cut the model into more shards.", e);
        }
    }

    // Not inlined: the first use of torch loads its native library, which must be loadable by then.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SetThreads(int threads) => torch.set_num_threads(threads);

    // libtorch appends its call stack.
    private static string FirstLine(string text) => text.Split('\n', 2)[0];
}

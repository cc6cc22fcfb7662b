using Baichuan.Cluster.Slots;
using Baichuan.Compute;
using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Compute.Torch;

namespace Baichuan.Server.Hosting;

/// <summary>Chooses the executor of this process.</summary>
internal static class ExecutorHosting
{
    public static void AddShardExecutor(this IHostApplicationBuilder builder)
    {
        var slots = builder.Configuration.GetSection("Slots").Get<SlotOptions>() ?? new SlotOptions();
        builder.Services.AddSingleton(_ => Create(slots.Executor, slots.Threads == 0 ? Environment.ProcessorCount : slots.Threads, CoreSet.Parse("Slots:Cores", slots.Cores)));
    }

    /// <param name="threads">Compute threads of this process.</param>
    /// <param name="cores">Which they keep to; null: any.</param>
    public static IShardExecutorFactory Create(string executor, int threads, CoreSet? cores = null) =>
        executor == "torch" ? CreateTorch(threads) : new CpuExecutorFactory(new ComputePool(threads, cores));

    // Apart, so that TorchSharp's assemblies are loaded only when they are chosen.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static IShardExecutorFactory CreateTorch(int threads) => new TorchExecutorFactory(threads);
}

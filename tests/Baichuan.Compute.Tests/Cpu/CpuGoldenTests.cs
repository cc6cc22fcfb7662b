using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>The CPU executor against the golden checkpoints.</summary>
public sealed class CpuGoldenTests : GoldenFamilies, IDisposable
{
    private readonly ComputePool _pool = new(2);

    protected override IShardExecutorFactory Factory => new CpuExecutorFactory(_pool);

    public void Dispose() => _pool.Dispose();
}

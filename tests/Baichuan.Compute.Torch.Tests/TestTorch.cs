using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Torch.Tests;

/// <summary>What the tests share: libtorch with one thread per operator, since a test may run many shards at once, and small pools.</summary>
internal static class TestTorch
{
    public static TorchExecutorFactory Factory { get; } = new(threads: 1);

    public static ExecutorOptions Options { get; } = new()
    {
        Weights = WeightType.F32,
        KvCache = KvType.F32,
        Blocks = new KvBlockCounts(16, 16),
        MaxSequences = 4,
        MaxBatchRows = 64,
        MaxContext = 64,
    };

    /// <summary>A replica of a golden checkpoint.</summary>
    public static ShardGroupRunner Run(
        string golden, int tensorParallel = 1, int pipelineParallel = 1, WeightType weights = WeightType.F32, KvType kvCache = KvType.F32, int? placementSeed = null)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(golden));
        return new ShardGroupRunner(Factory, checkpoint, tensorParallel, pipelineParallel, Options with { Weights = weights, KvCache = kvCache }, placementSeed);
    }
}

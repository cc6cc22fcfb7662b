using Baichuan.Testing;

namespace Baichuan.Compute.Torch.Tests;

/// <summary>The torch executor against the golden checkpoints.</summary>
public sealed class TorchGoldenTests : GoldenFamilies
{
    protected override IShardExecutorFactory Factory => TestTorch.Factory;
}

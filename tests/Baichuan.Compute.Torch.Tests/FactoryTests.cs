using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;
using Baichuan.Testing;
using TorchSharp;

namespace Baichuan.Compute.Torch.Tests;

public sealed class FactoryTests
{
    [Theory]
    [InlineData("cuda:99")]
    [InlineData("cuda")]
    [InlineData("cuda:-1")]
    [InlineData("CPU")]
    [InlineData("")]
    public void A_device_that_does_not_exist_is_refused_with_those_that_do(string device)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
        var plan = ShardPlan.Create(checkpoint.Config, 1, 1);

        var refusal = Assert.Throws<ArgumentException>(() =>
            TestTorch.Factory.Load(checkpoint, plan, plan[0, 0], TestTorch.Options with { Device = device }, CancellationToken.None));

        Assert.StartsWith($"Device \"{device}\" does not exist: this process sees cpu", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WeightType.INT8)]
    [InlineData(WeightType.INT4)]
    public void Whole_number_weights_are_refused_with_what_there_is_instead(WeightType weights)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
        var plan = ShardPlan.Create(checkpoint.Config, 1, 1);

        var refusal = Assert.Throws<ArgumentException>(() =>
            TestTorch.Factory.Load(checkpoint, plan, plan[0, 0], TestTorch.Options with { Weights = weights }, CancellationToken.None));

        Assert.StartsWith($"The torch executor keeps weights as F32 or BF16, not as {weights}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_thread_that_runs_a_shard_gets_the_threads_that_were_asked_for()
    {
        _ = TestTorch.Factory;
        var threads = 0;
        var shard = new Thread(() => threads = torch.get_num_threads());

        shard.Start();
        shard.Join();

        Assert.Equal(1, threads);
    }

    [Fact]
    public void Fewer_threads_than_one_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new TorchExecutorFactory(0));

    [Fact]
    public void The_kernel_version_names_the_library_that_runs_the_kernels() =>
        Assert.Matches("^torch-1-libtorch-2\\.10\\.0\\.0-(avx512|avx2|default)$", TestTorch.Factory.KernelVersion);
}

using Baichuan.Compute.Channels;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;
using TorchSharp;

namespace Baichuan.Compute.Torch.Tests;

/// <summary>Every tensor of a step dies with the step. The executors run on the test's own thread, and its tensors alone are counted.</summary>
public sealed class LiveTensorsTests : IDisposable
{
    private readonly ModelCheckpoint _checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
    private readonly ShardPlan _plan;
    private readonly ShardPeers _peers;
    private readonly GoldenCase _golden = GoldenCases.Load("tiny")[2];
    private readonly StepBatchBuilder _batch = new();
    private ulong _step;

    public LiveTensorsTests()
    {
        _ = TestTorch.Factory;
        _plan = ShardPlan.Create(_checkpoint.Config, 1, 1);
        _peers = LocalPeers.Connect(_plan, TimeSpan.FromSeconds(60))[0];
    }

    private static long Live => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    [Fact]
    public void The_live_tensor_count_is_flat_over_many_steps()
    {
        using var executor = Load();
        var counts = new List<long>();
        for (var round = 0; round < 4; round++)
        {
            if (round > 0)
                _batch.Release(0);
            Admit();
            _batch.Add(0, 0, 10, ChunkFlags.Logits, []);
            for (var position = 10; position < 60; position++)
            {
                executor.Execute(_batch.Build(epoch: 0, _step++), _peers);
                counts.Add(Live);
                _batch.Add(0, position, 1, ChunkFlags.Sample, position < _golden.Prompt.Length ? [] : [3]);
            }

            executor.Execute(_batch.Build(epoch: 0, _step++), _peers);
        }

        Assert.Equal(200, counts.Count);
        Assert.Single(counts.Distinct());
    }

    [Fact]
    public void A_step_that_fails_leaves_no_tensor_and_a_reset_executor_works_again()
    {
        using var executor = Load();
        var before = Live;

        Assert.Throws<PeerException>(() => executor.Execute(Prefill(), new LostPeers()));
        Assert.Equal(before, Live);

        executor.Reset();
        Assert.Equal(_golden.Greedy[0], Assert.Single(executor.Execute(Prefill(), _peers).Sampled.ToArray()).Token);
    }

    [Fact]
    public void A_disposed_executor_leaves_no_tensor_and_refuses_steps()
    {
        var before = Live;
        var executor = Load();
        Assert.True(Live > before);

        executor.Dispose();

        Assert.Equal(before, Live);
        Assert.Throws<ObjectDisposedException>(() => executor.Execute(Prefill(), _peers));
    }

    [Fact]
    public void A_cancelled_load_leaves_no_tensor()
    {
        var before = Live;

        Assert.Throws<OperationCanceledException>(() => Load(cancellation: new CancellationToken(canceled: true)));

        Assert.Equal(before, Live);
    }

    [Fact]
    public void A_pool_that_the_device_cannot_hold_is_refused_and_leaves_no_tensor()
    {
        var before = Live;

        var refusal = Assert.Throws<InsufficientMemoryException>(() => Load(blocks: int.MaxValue));

        Assert.StartsWith("Device \"cpu\" cannot hold rank 0 of stage 0", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("fewer KV blocks", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Equal(before, Live);
    }

    public void Dispose()
    {
        _peers.Dispose();
        _checkpoint.Dispose();
    }

    private IShardExecutor Load(int blocks = 4, CancellationToken cancellation = default) =>
        TestTorch.Factory.Load(_checkpoint, _plan, _plan[0, 0], TestTorch.Options with { Blocks = new KvBlockCounts(blocks, 4) }, cancellation);

    private void Admit()
    {
        _batch.Admit(0, _golden.Prompt.Length, TestTorch.Options.MaxContext, SamplingSettings.Greedy, _golden.Prompt, []);
        for (var i = 0; i < 4; i++)
        {
            _batch.Change(0, LayerKind.Global, i, i);
            _batch.Change(0, LayerKind.Sliding, i, i);
        }
    }

    private StepBatch Prefill()
    {
        Admit();
        _batch.Add(0, 0, _golden.Prompt.Length, ChunkFlags.Sample, []);
        return _batch.Build(epoch: 0, _step++);
    }
}

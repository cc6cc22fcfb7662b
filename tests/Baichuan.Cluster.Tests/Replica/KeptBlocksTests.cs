using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Model.Execution;

namespace Baichuan.Cluster.Tests.Replica;

/// <summary>What a stream has computed outlives the shard, or the coordinator, that is lost.</summary>
public sealed class KeptBlocksTests : IDisposable
{
    private const int LossAt = 150;

    private readonly LiveReplica _replica = new();

    [Fact]
    public async Task A_lost_shard_takes_its_blocks_from_its_partner()
    {
        var first = await FirstStepAfterAsync(() => _replica.On(() => _replica.Grains.Kill(_replica.Silos[2].Address)));

        Assert.InRange(first.Rows, 1, 16 + 8); // beyond the last full block, steps in flight included
        Assert.Single(first.LostShards.ToArray());
        Assert.InRange(first.RestoredBlocks.Length, LossAt / 16, int.MaxValue);
    }

    [Fact]
    public async Task A_coordinator_that_takes_over_finds_them_on_the_shards()
    {
        var first = await FirstStepAfterAsync(_replica.ReplaceCoordinatorAsync);

        Assert.InRange(first.Rows, 1, 16 + 8);
        Assert.Equal(0, first.RestoredBlocks.Length);
    }

    [Fact]
    public async Task Where_a_pair_is_lost_everything_is_computed_again()
    {
        var first = await FirstStepAfterAsync(async () =>
        {
            var places = (await _replica.StatusAsync(_ => true)).Shards;
            await _replica.On(() =>
            {
                _replica.Grains.Kill(places[2].Silo);
                _replica.Grains.Kill(places[3].Silo);
            });
        });

        Assert.InRange(first.Rows, LossAt, int.MaxValue);
    }

    public void Dispose() => _replica.Dispose();

    /// <summary>Runs a stream through a loss, and says what the first step of the next epoch had to do.</summary>
    private async Task<StepBatch> FirstStepAfterAsync(Func<Task> lose)
    {
        await _replica.On(() => _replica.Grains.Join(_replica.Silos));
        await _replica.StatusAsync(status => status.State == ReplicaState.Ready);
        var undisturbed = await _replica.StreamAsync(_ => Task.CompletedTask);
        var epoch = 0ul;

        var disturbed = await _replica.StreamAsync(async count =>
        {
            if (count != LossAt)
                return;
            epoch = (await _replica.StatusAsync(_ => true)).Epoch;
            await lose();
        });

        Assert.Equal(undisturbed, disturbed);
        return _replica.Grains.Batches.First(batch => batch.Epoch > epoch);
    }
}

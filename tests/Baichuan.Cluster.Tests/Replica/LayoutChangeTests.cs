using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Grains;

namespace Baichuan.Cluster.Tests.Replica;

/// <summary>The tiny model at T = 2 x P = 2 on four slots, some of which go and come again.</summary>
public sealed class LayoutChangeTests : IDisposable
{
    private readonly LiveReplica _replica = new();

    [Fact]
    public async Task Slots_that_are_lost_and_come_again_change_no_token_and_end_no_stream()
    {
        await _replica.On(() => _replica.Grains.Join(_replica.Silos[..3]));
        await _replica.On(() => _replica.Grains.Pass(TimeSpan.FromSeconds(40)));
        Assert.Contains("4 slots", (await _replica.StatusAsync(status => status.Note is not null)).Note, StringComparison.Ordinal); // three are not enough to begin with
        await _replica.On(() => _replica.Grains.Join(_replica.Silos[3]));
        await _replica.StatusAsync(status => status.State == ReplicaState.Ready);
        var undisturbed = await _replica.StreamAsync(_ => Task.CompletedTask);

        var seen = new List<(int, int)>();
        var disturbed = await _replica.StreamAsync(async count =>
        {
            switch (count)
            {
                case 20: // one of four
                    await _replica.On(() => _replica.Grains.Kill(_replica.Silos[2].Address));
                    break;
                case 80: // and another
                    seen.Add(await LayoutAsync(shards: 3));
                    await _replica.On(() => _replica.Grains.Kill(_replica.Silos[3].Address));
                    break;
                case 140: // two come
                    seen.Add(await LayoutAsync(shards: 2));
                    await _replica.On(() =>
                    {
                        _replica.Grains.Pass(SlotOffers.Lifetime + TimeSpan.FromSeconds(1));
                        _replica.Grains.Join(_replica.Silos[4], _replica.Silos[5]);
                        _replica.Grains.Pass(SlotOffers.SettlingTime - TimeSpan.FromSeconds(1));
                    });
                    Assert.False(await GrowsAsync());
                    break;
                case 200: // and stay
                    seen.Add(await LayoutAsync(shards: 2));
                    await _replica.On(() => _replica.Grains.Pass(TimeSpan.FromSeconds(1)));
                    Assert.True(await GrowsAsync());
                    break;
                case 260:
                    seen.Add(await LayoutAsync(shards: 4));
                    Assert.Null((await _replica.StatusAsync(_ => true)).Note);
                    Assert.False(await GrowsAsync());
                    break;
                default:
                    break;
            }
        });

        Assert.Equal([(1, 3), (2, 1), (2, 1), (2, 2)], seen);
        Assert.Equal(undisturbed, disturbed);
    }

    [Fact]
    public async Task A_replica_that_another_silo_joins_goes_on_undisturbed_while_it_has_all_its_slots()
    {
        await _replica.On(() => _replica.Grains.Join(_replica.Silos));
        await _replica.On(() => _replica.Grains.Pass(SlotOffers.SettlingTime));
        await _replica.StatusAsync(status => status.State == ReplicaState.Ready);

        Assert.False(await GrowsAsync());
        Assert.Equal((2, 2), await LayoutAsync(shards: 4));
    }

    public void Dispose() => _replica.Dispose();

    /// <summary>What the model's grain does every second.</summary>
    private async Task<bool> GrowsAsync()
    {
        var status = await _replica.StatusAsync(_ => true);
        var grows = await _replica.On(() => Task.FromResult(_replica.Grains.Model.CouldGrow(status)));
        if (grows)
            await _replica.RegroupAsync(status.Epoch);
        return grows;
    }

    private async Task<(int Ranks, int Stages)> LayoutAsync(int shards)
    {
        var places = (await _replica.StatusAsync(status => status.State == ReplicaState.Ready && status.Shards.Count == shards)).Shards;
        return (places[^1].Rank + 1, places[^1].Stage + 1);
    }
}

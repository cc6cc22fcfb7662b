using Baichuan.Cluster.Abstractions.Shards;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Baichuan.Cluster.Tests.Shards;

/// <summary>What a shard's failure says survives the way to its coordinator in another process.</summary>
public sealed class FailureSerializationTests
{
    private static readonly Serializer Serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    [Fact]
    public void A_shard_failure_keeps_its_reason_the_lost_shard_and_whether_it_was_its_own_fault()
    {
        var failure = Assert.IsType<ShardFailureException>(RoundTrip(new ShardFailureException("reason", 3, true)));

        Assert.Equal(("reason", 3, true), (failure.Message, failure.LostShard, failure.Fault));
    }

    [Fact]
    public void A_stale_epoch_stays_one() => Assert.Equal("reason", Assert.IsType<StaleEpochException>(RoundTrip(new StaleEpochException("reason"))).Message);

    private static Exception RoundTrip(Exception failure) => Serializer.Deserialize<Exception>(Serializer.SerializeToArray(failure))!;
}

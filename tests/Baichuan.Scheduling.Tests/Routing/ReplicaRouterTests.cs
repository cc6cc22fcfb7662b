using Baichuan.Scheduling.Routing;

namespace Baichuan.Scheduling.Tests.Routing;

public sealed class ReplicaRouterTests
{
    [Fact]
    public void A_request_goes_to_the_replica_with_the_fewest_sequences_the_lowest_among_equals()
    {
        Assert.Equal(1, ReplicaRouter.Choose([new(2, 3), new(0, 4), new(4, 0)]));
        Assert.Equal(0, ReplicaRouter.Choose([new(1, 1), new(0, 2)]));
        Assert.Null(ReplicaRouter.Choose([]));
    }
}

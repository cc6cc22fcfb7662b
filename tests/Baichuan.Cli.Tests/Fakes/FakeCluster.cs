using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Fakes;

/// <summary>Shows one topology.</summary>
internal sealed class FakeCluster(GetTopologyResponse topology) : V1.Cluster.ClusterBase
{
    public override Task<GetTopologyResponse> GetTopology(GetTopologyRequest request, ServerCallContext context) => Task.FromResult(topology);
}

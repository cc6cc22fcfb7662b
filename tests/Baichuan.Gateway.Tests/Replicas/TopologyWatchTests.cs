using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace Baichuan.Gateway.Tests.Replicas;

public sealed class TopologyWatchTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeCluster _cluster = new(new FakeReplica());
    private readonly GatewayOptions _options = TestModel.Options();
    private readonly TopologyWatch _watch;

    public TopologyWatchTests() =>
        _watch = new TopologyWatch(_cluster, _options, new GatewayMetrics(Metrics.NewCustomRegistry()), _time, NullLogger<TopologyWatch>.Instance);

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_believed_for_a_while_and_then_not()
    {
        var looked = _watch.Looked;
        await _watch.StartAsync(default);
        await looked;
        Assert.True(_watch.Current.IsReady);

        _cluster.IsSilent = true;
        await LookAfterAsync(_options.TopologyInterval);
        Assert.True(_watch.Current.IsReady);
        await LookAfterAsync(_options.TopologyExpiry);
        Assert.False(_watch.Current.IsReady);
        Assert.NotNull(_watch.Current.Topology);

        _cluster.IsSilent = false;
        await LookAfterAsync(_options.TopologyInterval);
        Assert.True(_watch.Current.IsReady);
        await _watch.StopAsync(default);
    }

    public void Dispose() => _watch.Dispose();

    private async Task LookAfterAsync(TimeSpan wait)
    {
        var looked = _watch.Looked;
        _time.Advance(wait);
        await looked.WaitAsync(TimeSpan.FromSeconds(30));
    }
}

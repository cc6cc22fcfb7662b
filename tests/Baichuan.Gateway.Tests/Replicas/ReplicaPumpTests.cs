using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.Model.Execution;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace Baichuan.Gateway.Tests.Replicas;

public sealed class ReplicaPumpTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly SlowReplica _replica = new() { PauseAt = 0 };
    private readonly GatewayOptions _options = TestModel.Options();
    private readonly ReplicaPump _pump;

    public ReplicaPumpTests() =>
        _pump = new ReplicaPump(0, _replica, "gateway", _options, new GatewayMetrics(Metrics.NewCustomRegistry()), _time, NullLogger.Instance);

    [Fact]
    public async Task A_stream_whose_submission_was_given_up_is_cancelled_when_its_answer_comes()
    {
        using var client = new CancellationTokenSource();
        var submission = _pump.SubmitAsync(Request(), 0, client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => submission);
        Assert.False(_pump.IsFailing);

        _replica.Answer.SetResult();
        Assert.Equal([1UL], await _replica.CancelledStreams.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_replica_that_did_not_answer_is_avoided_only_for_a_while()
    {
        var submission = _pump.SubmitAsync(Request(), 0, default);
        _time.Advance(_options.ReplicaTimeout);
        await Assert.ThrowsAsync<TimeoutException>(() => submission);
        Assert.True(_pump.IsFailing);
        _time.Advance(_options.ReplicaTimeout);
        Assert.False(_pump.IsFailing);
    }

    [Fact]
    public async Task A_stream_that_is_closed_is_cancelled_at_the_replica()
    {
        _replica.Answer.SetResult();
        var (stream, _) = await _pump.SubmitAsync(Request(), 0, default);
        Assert.Equal(1, _pump.OpenStreams);
        stream!.Close();
        Assert.Equal([stream.Number], await _replica.CancelledStreams.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, _pump.OpenStreams);
    }

    public ValueTask DisposeAsync() => _pump.DisposeAsync();

    private static SubmitRequest Request() =>
        new() { RequestId = "r", Gateway = "gateway", Prompt = new byte[4], MaxTokens = 5, Sampling = MemoryMarshal.AsBytes([SamplingSettings.Greedy]).ToArray(), StopTokens = [] };

    /// <summary>Answers submissions when the test says so.</summary>
    private sealed class SlowReplica : FakeReplica
    {
        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<IReadOnlyList<ulong>> CancelledStreams { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async Task<SubmitReply> Submit(SubmitRequest request)
        {
            var reply = await base.Submit(request);
            await Answer.Task;
            return reply;
        }

        public override Task Cancel(CancelRequest request)
        {
            CancelledStreams.TrySetResult(request.Streams);
            return base.Cancel(request);
        }
    }
}

using System.Runtime.InteropServices;
using Baichuan.Gateway.Tests.Fakes;
using Baichuan.V1;
using Grpc.Core;
using static Baichuan.V1.GenerationEvent;

namespace Baichuan.Gateway.Tests.Hosting;

public sealed class GatewayServerTests
{
    private readonly FakeReplica _replica = new();

    [Fact]
    public async Task A_chat_streams_its_answer()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        var events = await gateway.Client.ChatAsync(Chats.Ask("What helps against a cold?", 20), TimeSpan.FromSeconds(30)).ToListAsync();

        Assert.NotNull(events[0].Started);
        Assert.Equal((FinishReason.Length, 20), (events[^1].Finished.Reason, events[^1].Finished.Usage.CompletionTokens));
        Assert.Equal(20, events.Where(e => e.Tokens is not null).Sum(e => e.Tokens.TokenIds.Count));
    }

    [Fact]
    public async Task An_invalid_request_gets_a_status_with_a_sentence()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        var request = new GenerateRequest { Text = "x", Sampling = new SamplingOptions { Temperature = float.NaN } };
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await gateway.Client.GenerateAsync(request).ToListAsync());
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Equal("sampling.temperature is NaN; use a number from 0 to 2.", refusal.Status.Detail);
    }

    [Theory]
    [InlineData(70_000)]
    [InlineData(20_000_000)]
    public async Task A_message_that_is_too_large_is_refused_by_its_stated_length(int characters)
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica), options => options.MaxRequestBytes = 65_536);
        var request = new GenerateRequest { Text = new string('a', characters) };
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await gateway.Client.GenerateAsync(request).ToListAsync());
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains("at most 65536 (MaxRequestBytes)", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("demo", (await gateway.Client.GetModelAsync()).Name);
    }

    [Theory]
    [InlineData(new byte[] { 0x1a, 2, 0xff, 0xfe })] // text that is not UTF-8
    [InlineData(new byte[] { 0x1a, 0x7f, 1 })] // cut off
    [InlineData(new byte[] { 0xff, 0xff, 0xff })] // no field
    public async Task A_message_that_cannot_be_decoded_is_refused(byte[] message)
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        var raw = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);
        var method = new Method<byte[], byte[]>(MethodType.ServerStreaming, "baichuan.v1.Inference", "Generate", raw, raw);
        using var call = gateway.Client.Channel.CreateCallInvoker().AsyncServerStreamingCall(method, null, default, message);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains("not a GenerateRequest", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_the_stream_frees_its_sequence()
    {
        _replica.PauseAt = 20;
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        await foreach (var e in gateway.Client.ChatAsync(Chats.Ask("Go on.", 1900)))
        {
            if (e.EventCase == EventOneofCase.Tokens)
                break;
        }

        await gateway.WaitUntilAsync(() => _replica.Live == 0);
    }

    [Fact]
    public async Task A_cancelled_enumeration_ends_as_cancelled()
    {
        _replica.PauseAt = 0;
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in gateway.Client.ChatAsync(Chats.Ask("Go on.", 5), cancellationToken: cancel.Token))
                await cancel.CancelAsync();
        });
    }

    [Fact]
    public async Task A_deadline_of_the_call_arrives_as_the_last_event()
    {
        _replica.PauseAt = 0;
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica), options => options.DeadlineMargin = TimeSpan.FromSeconds(9));
        var events = await gateway.Client.ChatAsync(Chats.Ask("Go on.", 5), TimeSpan.FromSeconds(10)).ToListAsync();
        Assert.Equal(FinishReason.Deadline, events[^1].Finished.Reason);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_off_and_its_sequence_freed()
    {
        _replica.TopLogprobs = 20;
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica), options => options.SlowClientTimeout = TimeSpan.FromSeconds(1));
        var request = Chats.Ask("Go on.", 1900);
        request.Sampling.Logprobs = 20;
        using var call = new Inference.InferenceClient(gateway.Client.Channel).Chat(request);
        Assert.True(await call.ResponseStream.MoveNext());
        await gateway.WaitUntilAsync(() => gateway.Log.Lines.Any(line => line.Contains("finished: Cancelled", StringComparison.Ordinal)));
        await gateway.WaitUntilAsync(() => _replica.Live == 0);
    }

    [Fact]
    public async Task A_client_that_stops_reading_parks_its_sequence_and_misses_nothing_when_it_reads_on()
    {
        const int Tokens = 1900;
        _replica.TopLogprobs = 20; // so that the connection's buffers are full soon
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        var request = Chats.Ask("Go on.", Tokens);
        request.Sampling.Logprobs = 20;
        using var call = new Inference.InferenceClient(gateway.Client.Channel).Chat(request);
        await gateway.WaitUntilAsync(() => _replica.Cancelled.Count > 0 && _replica.Live == 0);

        var events = await call.ResponseStream.ReadAllAsync().ToListAsync();

        var again = _replica.Submitted[^1];
        Assert.True(_replica.Submitted.Count > 1);
        var prompt = MemoryMarshal.Cast<byte, int>(again.Prompt.Span).ToArray();
        Assert.Equal(Enumerable.Range(0, Tokens).Select(index => _replica.Model(prompt, events[0].Started.Seed, index)), events.Where(e => e.Tokens is not null).SelectMany(e => e.Tokens.TokenIds));
        Assert.Equal((FinishReason.Length, Tokens), (events[^1].Finished.Reason, events[^1].Finished.Usage.CompletionTokens));
    }

    [Fact]
    public async Task Text_becomes_tokens_and_text_again()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        const string Text = "Fièvre, 发烧, fever 38.5 °C";
        Assert.Equal(Text, await gateway.Client.DetokenizeAsync(await gateway.Client.TokenizeAsync(Text)));
    }

    [Fact]
    public async Task Models_are_listed_and_found_by_name()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        var model = Assert.Single(await gateway.Client.ListModelsAsync());
        Assert.Equal(model, await gateway.Client.GetModelAsync("demo"));
        Assert.Equal(("demo", "profile-1", true), (model.Name, model.ProfileId, model.Ready));
        Assert.Equal((TestModel.Context, TestModel.Vocabulary), (model.ContextLength, model.VocabularySize));
        Assert.Equal((0.7f, 256, 0), (model.DefaultSampling.Temperature, model.DefaultSampling.MaxTokens, model.DefaultSampling.MinTokens));

        var unknown = await Assert.ThrowsAsync<RpcException>(() => gateway.Client.GetModelAsync("other"));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Operators_see_the_topology()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeCluster(_replica));
        var topology = await gateway.Client.GetTopologyAsync();
        var replica = Assert.Single(topology.Replicas);
        Assert.Equal((ReplicaState.Ready, 1, 2), (replica.State, replica.Waiting, replica.Running));
        Assert.Equal(new BlockPool { Used = 3, Total = 4 }, replica.GlobalBlocks);
        Assert.Equal(new BlockPool { Used = 5, Total = 6 }, replica.SlidingBlocks);
        Assert.Equal(11, Assert.Single(replica.Shards).ProcessId);
        Assert.Equal("silo-1", Assert.Single(topology.Silos).Address);
    }

    [Fact]
    public async Task Wrong_options_fail_the_start_and_all_of_them_are_named()
    {
        var failure = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => RunningGateway.StartAsync(
            new FakeCluster(_replica), options => (options.Model, options.MaxStreamsPerConnection, options.GrpcPort) = ("a b", 0, 70_000)));
        Assert.Contains("Model", failure.Message, StringComparison.Ordinal);
        Assert.Contains("MaxStreamsPerConnection", failure.Message, StringComparison.Ordinal);
        Assert.Contains("GrpcPort", failure.Message, StringComparison.Ordinal);
    }
}

using System.Runtime.CompilerServices;
using Baichuan.V1;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace Baichuan.Client;

/// <summary>
/// Talks to a gateway over gRPC. One instance serves a process: thread-safe, one connection for many requests. Messages and their limits are documented in
/// Protos/baichuan/v1/inference.proto, sessions.proto and cluster.proto.
/// </summary>
/// <remarks>
/// Refusals and broken connections are <see cref="RpcException"/>s whose status has a sentence for people; a cancellation by the caller's own token is an
/// <see cref="OperationCanceledException"/>. A stream that has started ends with one <see cref="GenerationFinished"/> event, even where it went wrong.
/// </remarks>
public sealed class BaichuanClient : IDisposable
{
    private readonly GrpcChannel? _ownedChannel;
    private readonly Inference.InferenceClient _inference;
    private readonly V1.Sessions.SessionsClient _sessions;
    private readonly V1.Cluster.ClusterClient _cluster;

    /// <summary>Over a channel of its own, with keep-alive pings. Connects with the first call.</summary>
    /// <param name="address">Of a gateway's gRPC port, such as http://127.0.0.1:5080 (HTTP/2 without TLS) or https://gateway:5080.</param>
    /// <param name="apiKey">Sent with every call; null where the gateway needs none.</param>
    public BaichuanClient(Uri address, string? apiKey = null)
        : this(GatewayChannel.ForAddress(address), apiKey) => _ownedChannel = (GrpcChannel)Channel;

    /// <summary>Over a channel of the caller, who disposes of it.</summary>
    /// <inheritdoc cref="BaichuanClient(Uri, string?)" path="/param[@name='apiKey']"/>
    public BaichuanClient(ChannelBase channel, string? apiKey = null)
    {
        Channel = channel;
        var calls = channel.CreateCallInvoker();
        if (apiKey is not null)
            calls = calls.Intercept(metadata => WithKey(metadata, apiKey));
        _inference = new Inference.InferenceClient(calls);
        _sessions = new V1.Sessions.SessionsClient(calls);
        _cluster = new V1.Cluster.ClusterClient(calls);
    }

    /// <summary>For other services of the same gateway, such as grpc.health.v1.</summary>
    public ChannelBase Channel { get; }

    /// <summary>Continues a prompt. To stop early, leave the enumeration or cancel: either frees the request's place at once.</summary>
    /// <param name="timeout">The request's deadline from now; null: none.</param>
    public IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerateRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        ReadAsync(options => _inference.Generate(request, options), timeout, cancellationToken);

    /// <summary>Answers the last message of a conversation; otherwise as <see cref="GenerateAsync"/>.</summary>
    public IAsyncEnumerable<GenerationEvent> ChatAsync(ChatRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        ReadAsync(options => _inference.Chat(request, options), timeout, cancellationToken);

    /// <summary>The token ids of a text, in which special tokens' names stand for those tokens only if they are to be parsed.</summary>
    public async Task<IReadOnlyList<int>> TokenizeAsync(string text, bool parseSpecialTokens = false, CancellationToken cancellationToken = default)
    {
        var request = new TokenizeRequest { Text = text, ParseSpecialTokens = parseSpecialTokens };
        return (await AwaitAsync(options => _inference.TokenizeAsync(request, options), cancellationToken)).TokenIds;
    }

    /// <summary>The text of token ids, without special tokens.</summary>
    public async Task<string> DetokenizeAsync(IEnumerable<int> tokenIds, CancellationToken cancellationToken = default)
    {
        var request = new DetokenizeRequest { TokenIds = { tokenIds } };
        return (await AwaitAsync(options => _inference.DetokenizeAsync(request, options), cancellationToken)).Text;
    }

    public async Task<IReadOnlyList<ModelInfo>> ListModelsAsync(CancellationToken cancellationToken = default) =>
        (await AwaitAsync(options => _inference.ListModelsAsync(new ListModelsRequest(), options), cancellationToken)).Models;

    /// <param name="model">Name of the model; empty: the one that the gateway serves.</param>
    public async Task<ModelInfo> GetModelAsync(string model = "", CancellationToken cancellationToken = default) =>
        (await AwaitAsync(options => _inference.GetModelAsync(new GetModelRequest { Model = model }, options), cancellationToken)).Model;

    /// <summary>Begins a conversation that the cluster keeps; its id goes into <see cref="ChatRequest.SessionId"/> of every turn.</summary>
    public async Task<Session> CreateSessionAsync(CancellationToken cancellationToken = default) =>
        (await AwaitAsync(options => _sessions.CreateSessionAsync(new CreateSessionRequest(), options), cancellationToken)).Session;

    public async Task<Session> GetSessionAsync(string sessionId, CancellationToken cancellationToken = default) =>
        (await AwaitAsync(options => _sessions.GetSessionAsync(new GetSessionRequest { SessionId = sessionId }, options), cancellationToken)).Session;

    /// <summary>Forgets a conversation.</summary>
    public Task DeleteSessionAsync(string sessionId, CancellationToken cancellationToken = default) =>
        AwaitAsync(options => _sessions.DeleteSessionAsync(new DeleteSessionRequest { SessionId = sessionId }, options), cancellationToken);

    /// <summary>Silos, slots, replicas and shards, for operators.</summary>
    /// <param name="model">As for <see cref="GetModelAsync"/>.</param>
    public Task<GetTopologyResponse> GetTopologyAsync(string model = "", CancellationToken cancellationToken = default) =>
        AwaitAsync(options => _cluster.GetTopologyAsync(new GetTopologyRequest { Model = model }, options), cancellationToken);

    /// <summary>Ends the calls that are running if the channel is its own.</summary>
    public void Dispose() => _ownedChannel?.Dispose();

    /// <summary>When a refused request may be sent again, where the gateway said so.</summary>
    public static TimeSpan? RetryAfter(RpcException refusal) => refusal.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan();

    private static Metadata WithKey(Metadata metadata, string apiKey)
    {
        metadata.Add("authorization", $"Bearer {apiKey}");
        return metadata;
    }

    private static async IAsyncEnumerable<GenerationEvent> ReadAsync(
        Func<CallOptions, AsyncServerStreamingCall<GenerationEvent>> start,
        TimeSpan? timeout,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = start(new CallOptions(deadline: DateTime.UtcNow + timeout, cancellationToken: cancellationToken));
        while (await MoveNextAsync(call.ResponseStream, cancellationToken))
            yield return call.ResponseStream.Current;
    }

    private static async Task<bool> MoveNextAsync(IAsyncStreamReader<GenerationEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNext(cancellationToken);
        }
        catch (RpcException e) when (IsOurs(e, cancellationToken))
        {
            throw new OperationCanceledException(e.Status.Detail, e, cancellationToken);
        }
    }

    private static async Task<TResponse> AwaitAsync<TResponse>(Func<CallOptions, AsyncUnaryCall<TResponse>> start, CancellationToken cancellationToken)
    {
        try
        {
            using var call = start(new CallOptions(cancellationToken: cancellationToken));
            return await call.ResponseAsync;
        }
        catch (RpcException e) when (IsOurs(e, cancellationToken))
        {
            throw new OperationCanceledException(e.Status.Detail, e, cancellationToken);
        }
    }

    private static bool IsOurs(RpcException e, CancellationToken cancellationToken) =>
        e.StatusCode == StatusCode.Cancelled && cancellationToken.IsCancellationRequested;
}

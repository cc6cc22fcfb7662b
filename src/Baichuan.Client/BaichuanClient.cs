using Baichuan.V1;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;

namespace Baichuan.Client;

/// <summary>
/// Talks to a cluster over gRPC, through one gateway or any of several. One instance serves a process: thread-safe, one connection to a gateway for many requests. Messages and their
/// limits are documented in Protos/baichuan/v1/inference.proto, sessions.proto and cluster.proto.
/// </summary>
/// <remarks>
/// Refusals and broken connections are <see cref="RpcException"/>s whose status has a sentence for people; a cancellation by the caller's own token is an
/// <see cref="OperationCanceledException"/>. A stream that has started ends with one <see cref="GenerationFinished"/> event, even where it went wrong. With several gateways, a stream
/// whose gateway dies or shuts down goes on at another, at the next token; a turn of a session does not (see ResumeRequest).
/// </remarks>
public sealed class BaichuanClient : IDisposable
{
    /// <summary>How long a stream may stand still while no gateway takes it.</summary>
    public static readonly TimeSpan ResumePatience = TimeSpan.FromMinutes(1);

    private readonly Gateways _gateways;
    private readonly IReadOnlyList<GrpcChannel> _ownedChannels;

    /// <summary>Over a channel of its own, with keep-alive pings. Connects with the first call.</summary>
    /// <param name="address">Of a gateway's gRPC port, such as http://127.0.0.1:5080 (HTTP/2 without TLS) or https://gateway:5080.</param>
    /// <param name="apiKey">Sent with every call; null where the gateway needs none.</param>
    public BaichuanClient(Uri address, string? apiKey = null)
        : this([address], apiKey)
    {
    }

    /// <summary>Over channels of its own to several gateways of one cluster. The first is used until it fails.</summary>
    /// <param name="addresses">At least one.</param>
    /// <inheritdoc cref="BaichuanClient(Uri, string?)" path="/param[@name='apiKey']"/>
    public BaichuanClient(IReadOnlyList<Uri> addresses, string? apiKey = null)
    {
        if (addresses.Count == 0)
            throw new ArgumentException("There is no address; name at least one gateway.", nameof(addresses));
        _ownedChannels = [.. addresses.Select(GatewayChannel.ForAddress)];
        _gateways = new Gateways([.. _ownedChannels.Select(channel => new Gateway(channel, apiKey))]);
    }

    /// <summary>Over a channel of the caller, who disposes of it.</summary>
    /// <inheritdoc cref="BaichuanClient(Uri, string?)" path="/param[@name='apiKey']"/>
    public BaichuanClient(ChannelBase channel, string? apiKey = null)
    {
        _ownedChannels = [];
        _gateways = new Gateways([new Gateway(channel, apiKey)]);
    }

    /// <summary>For other services of the gateway that is in use, such as grpc.health.v1.</summary>
    public ChannelBase Channel => _gateways.Current.Channel;

    /// <summary>How often a stream that had started was taken to another gateway to go on there; every attempt counts.</summary>
    public long Resumptions => _gateways.Resumptions;

    /// <summary>Continues a prompt. To stop early, leave the enumeration or cancel: either frees the request's place at once.</summary>
    /// <param name="timeout">The request's deadline from now; null: none.</param>
    public IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerateRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (_gateways.Count > 1 && request.RequestId.Length == 0)
            request = new GenerateRequest(request) { RequestId = NewId() };
        var resume = new ResumeRequest { Generate = request };
        return new ResumableCall(_gateways, (gateway, options) => gateway.Inference.Generate(request, options), ChoicesOf(request.Sampling), resume, ResumePatience)
            .ReadAsync(timeout, cancellationToken);
    }

    /// <summary>Answers the last message of a conversation; otherwise as <see cref="GenerateAsync"/>.</summary>
    public IAsyncEnumerable<GenerationEvent> ChatAsync(ChatRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (_gateways.Count > 1 && request.RequestId.Length == 0)
            request = new ChatRequest(request) { RequestId = NewId() };
        var resume = request.SessionId.Length == 0 ? new ResumeRequest { Chat = request } : null;
        return new ResumableCall(_gateways, (gateway, options) => gateway.Inference.Chat(request, options), ChoicesOf(request.Sampling), resume, ResumePatience)
            .ReadAsync(timeout, cancellationToken);
    }

    /// <summary>The token ids of a text, in which special tokens' names stand for those tokens only if they are to be parsed.</summary>
    public async Task<IReadOnlyList<int>> TokenizeAsync(string text, bool parseSpecialTokens = false, CancellationToken cancellationToken = default)
    {
        var request = new TokenizeRequest { Text = text, ParseSpecialTokens = parseSpecialTokens };
        return (await AwaitAsync((gateway, options) => gateway.Inference.TokenizeAsync(request, options), cancellationToken)).TokenIds;
    }

    /// <summary>The text of token ids, without special tokens.</summary>
    public async Task<string> DetokenizeAsync(IEnumerable<int> tokenIds, CancellationToken cancellationToken = default)
    {
        var request = new DetokenizeRequest { TokenIds = { tokenIds } };
        return (await AwaitAsync((gateway, options) => gateway.Inference.DetokenizeAsync(request, options), cancellationToken)).Text;
    }

    public async Task<IReadOnlyList<ModelInfo>> ListModelsAsync(CancellationToken cancellationToken = default) =>
        (await AwaitAsync((gateway, options) => gateway.Inference.ListModelsAsync(new ListModelsRequest(), options), cancellationToken)).Models;

    /// <param name="model">Name of the model; empty: the one that the gateway serves.</param>
    public async Task<ModelInfo> GetModelAsync(string model = "", CancellationToken cancellationToken = default) =>
        (await AwaitAsync((gateway, options) => gateway.Inference.GetModelAsync(new GetModelRequest { Model = model }, options), cancellationToken)).Model;

    /// <summary>Begins a conversation that the cluster keeps; its id goes into <see cref="ChatRequest.SessionId"/> of every turn.</summary>
    public async Task<Session> CreateSessionAsync(CancellationToken cancellationToken = default) =>
        (await AwaitAsync((gateway, options) => gateway.Sessions.CreateSessionAsync(new CreateSessionRequest(), options), cancellationToken)).Session;

    public async Task<Session> GetSessionAsync(string sessionId, CancellationToken cancellationToken = default) =>
        (await AwaitAsync((gateway, options) => gateway.Sessions.GetSessionAsync(new GetSessionRequest { SessionId = sessionId }, options), cancellationToken)).Session;

    /// <summary>Forgets a conversation.</summary>
    public Task DeleteSessionAsync(string sessionId, CancellationToken cancellationToken = default) =>
        AwaitAsync((gateway, options) => gateway.Sessions.DeleteSessionAsync(new DeleteSessionRequest { SessionId = sessionId }, options), cancellationToken);

    /// <summary>Silos, slots, replicas and shards, for operators.</summary>
    /// <param name="model">As for <see cref="GetModelAsync"/>.</param>
    public Task<GetTopologyResponse> GetTopologyAsync(string model = "", CancellationToken cancellationToken = default) =>
        AwaitAsync((gateway, options) => gateway.Cluster.GetTopologyAsync(new GetTopologyRequest { Model = model }, options), cancellationToken);

    /// <summary>Ends the calls that are running if the channels are its own.</summary>
    public void Dispose()
    {
        foreach (var channel in _ownedChannels)
            channel.Dispose();
    }

    /// <summary>When a refused request may be sent again, where the gateway said so.</summary>
    public static TimeSpan? RetryAfter(RpcException refusal) => refusal.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan();

    // Where it is out of its limits, the gateway says so.
    private static int ChoicesOf(SamplingOptions? sampling) => sampling is { HasN: true } ? Math.Clamp(sampling.N, 1, 16) : 1;

    // The same on every attempt, so that the request runs once and its seed, which may follow from it, stays.
    private static string NewId() => Guid.CreateVersion7().ToString("N");

    /// <summary>Asks a gateway, and each other one if it does not answer.</summary>
    private async Task<TResponse> AwaitAsync<TResponse>(Func<Gateway, CallOptions, AsyncUnaryCall<TResponse>> start, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var gateway = _gateways.Current;
            try
            {
                using var call = start(gateway, new CallOptions(cancellationToken: cancellationToken));
                return await call.ResponseAsync;
            }
            catch (RpcException e) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(e.Status.Detail, e, cancellationToken);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && attempt < _gateways.Count)
            {
                _gateways.PassOver(gateway);
            }
        }
    }
}

using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Sessions;
using Baichuan.Gateway.Tenants;
using Baichuan.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Baichuan.Gateway.Generation;

/// <summary>
/// The path of a generating request, from its message to its last event. A request that is refused ends by exception, before any event; one that is accepted
/// gets <c>started</c>, tokens, and exactly one <c>finished</c>, whatever happens behind the gateway.
/// </summary>
internal sealed partial class GenerationHandler(
    ServedModel model,
    TopologyWatch topology,
    RunningRequests running,
    TenantRequests tenants,
    ReplicaPlacer placer,
    GatewayLifetime lifetime,
    GatewayOptions options,
    StreamMeters meters,
    TimeProvider time,
    ILogger<GenerationHandler> log)
{
    /// <param name="method">Name of the call, for metrics and log.</param>
    /// <param name="tenant">Whose call it is.</param>
    /// <param name="parse">Checks the message, given the most tokens of prompt and completion together.</param>
    /// <exception cref="RefusedException">The request is not accepted; nothing was written.</exception>
    public async Task HandleAsync(
        string method, Tenant tenant, Func<int, GenerationRequest> parse, IServerStreamWriter<GenerationEvent> writer, ServerCallContext call)
    {
        using var meter = meters.Begin(method, tenant, call);

        // 1. Check the message, fill in the model's defaults, tokenise.
        lifetime.RequireRunning();
        using var place = tenants.Enter(tenant);
        var request = parse(topology.Current.Topology?.MaxContext ?? model.Config.MaxPositions);

        // 2. From here on the request has its id for itself, and a deadline.
        using var claim = running.Claim(tenant, request.Id, request.Fingerprint());
        using var end = new RequestEnd(call, options, lifetime, time);

        // 3. A replica takes it, or it is refused.
        var completion = new Completion(request, model.Tokenizer);
        var stream = await AdmitAsync(request, completion, end);
        var profile = topology.Current.Topology!.Profile;
        meter.OnAccepted(request, profile);

        // 4. Tokens from the replica to the client, until something ends them.
        var client = new ClientStream(writer, call, options.SlowClientTimeout, time);
        var error = await StreamAsync(request, profile, stream, completion, client, end, meter);

        // 5. A session keeps the turn before its client hears that it is over.
        if (request.Turn is { } turn && completion.Reason is FinishReason.Stop or FinishReason.Length)
            error = await EndTurnAsync(turn, request, completion);

        // 6. The last event; a client that has gone is counted as well.
        var reason = completion.Reason!.Value;
        meter.OnFinished(reason, completion.CachedTokens);
        LogFinished(request.Id, method, tenant.Name, reason, request.Prompt.Length, completion.Sent, meter.FirstTokenAfter, meter.Elapsed);
        await client.WriteLastAsync(Finished(request, profile, completion, error));
    }

    private async Task<ReplicaStream> AdmitAsync(GenerationRequest request, Completion completion, RequestEnd end)
    {
        try
        {
            var stream = request.Resume is null
                ? await placer.AdmitAsync(request, end.Deadline, end.Token)
                : await placer.ResumeAsync(request, completion.Received, end.Deadline, end.Token);
            request.Turn?.OnPlaced(stream.Replica);
            return stream;
        }
        catch (OperationCanceledException) when (end.HasCome)
        {
            throw end.ToRefusal();
        }
    }

    /// <summary>Ends with the completion: by itself, from outside, or with the error that is returned.</summary>
    private async Task<GenerationError?> StreamAsync(
        GenerationRequest request, string profile, ReplicaStream stream, Completion completion, ClientStream client, RequestEnd end, StreamMeter meter)
    {
        try
        {
            await client.WriteAsync(Started(request, profile));
            while (true)
            {
                if (completion.TakePrompt() is { } prompt)
                    await client.WriteAsync(new GenerationEvent { Prompt = prompt });
                if (completion.TakeReleased() is { } tokens)
                {
                    await client.WriteAsync(new GenerationEvent { Tokens = tokens });
                    meter.OnSent(tokens);
                }

                if (completion.Reason is not null)
                    break;
                var news = await stream.ReadAsync(end.Token);
                if (news.End == StreamEnd.Unknown)
                {
                    stream = await placer.ResumeAsync(request, completion.Received, end.Deadline, end.Token);
                    request.Turn?.OnPlaced(stream.Replica);
                }
                else
                {
                    completion.Push(news);
                }
            }

            return completion.Reason == FinishReason.Error ? ReplicaError(request) : null;
        }
        catch (Exception e) when (end.HasCome || e is ClientLostException)
        {
            completion.End(end.HasCome ? end.Reason : FinishReason.Cancelled);
            return completion.Reason == FinishReason.Error ? ToError(GatewayLifetime.Refusal()) : null;
        }
        catch (RefusedException e)
        {
            completion.End(FinishReason.Error);
            return ToError(e);
        }
        catch (Exception e)
        {
            LogFailed(e, request.Id);
            completion.End(FinishReason.Error);
            return Error(StatusCode.Internal, $"The gateway failed; its log says why, under request {request.Id}.");
        }
        finally
        {
            stream.Close();
        }
    }

    private async Task<GenerationError?> EndTurnAsync(SessionTurn turn, GenerationRequest request, Completion completion)
    {
        try
        {
            await turn.EndAsync(request.Prompt, completion.Kept());
            return null;
        }
        catch (RefusedException e)
        {
            completion.End(FinishReason.Error);
            return Error(e.Code, e.Message);
        }
    }

    private GenerationEvent Started(GenerationRequest request, string profile) => new()
    {
        Started = new GenerationStarted
        {
            RequestId = request.Id,
            Model = model.Name,
            ProfileId = profile,
            Seed = request.Sampling.Seed,
            PromptTokens = request.Prompt.Length,
        },
    };

    private static GenerationEvent Finished(GenerationRequest request, string profile, Completion completion, GenerationError? error) => new()
    {
        Finished = new GenerationFinished
        {
            Reason = completion.Reason!.Value,
            Usage = new Usage { PromptTokens = request.Prompt.Length, CachedTokens = completion.CachedTokens, CompletionTokens = completion.Sent },
            Error = error,
            ProfileId = profile,
        },
    };

    private static GenerationError ReplicaError(GenerationRequest request) =>
        Error(StatusCode.Internal, $"The replica cannot go on with this request; its log says why, under request {request.Id}.");

    /// <summary>A stream that no replica took again: what is wrong with the request itself shows only now, everything else may pass.</summary>
    private static GenerationError ToError(RefusedException e) =>
        Error(e.Code == StatusCode.InvalidArgument ? StatusCode.Internal : StatusCode.Unavailable, e.Message);

    private static GenerationError Error(StatusCode code, string message) => new() { Code = (int)code, Message = message };

    [LoggerMessage(LogLevel.Information,
        "Request {RequestId} ({Method}) finished: {Reason}, {PromptTokens} prompt and {CompletionTokens} completion tokens, first token after {FirstToken}, {Duration} in all, for {Tenant}.")]
    private partial void LogFinished(
        string requestId, string method, string tenant, FinishReason reason, int promptTokens, int completionTokens, TimeSpan? firstToken, TimeSpan duration);

    [LoggerMessage(LogLevel.Error, "Request {RequestId} failed inside the gateway.")]
    private partial void LogFailed(Exception exception, string requestId);
}

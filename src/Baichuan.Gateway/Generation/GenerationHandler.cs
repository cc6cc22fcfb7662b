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
    private readonly RecentRefusals _refusals = new(time);

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
        using var places = request.Choices > 1 ? tenants.Enter(tenant, request.Choices - 1) : null;
        using var claim = running.Claim(tenant, request.Id, request.Fingerprint());
        using var end = new RequestEnd(call, options, lifetime, time);

        // 3. A replica takes it, or it is refused.
        if (request.Resume.Count == 0 && _refusals.Find(request) is { } refusal)
            throw refusal;
        Choice[] choices = [.. Enumerable.Range(0, request.Choices).Select(index => new Choice(request.Choice(index), index, model.Tokenizer))];
        await AdmitAsync(choices, end);
        var profile = choices[0].Profile;
        meter.OnAccepted(request, profile);

        // 4. Tokens from the replica to the client, until something ends them. Who is gone already is missed with the first of them.
        var client = new ClientStream(writer, call, options.SlowClientTimeout, time);
        await client.WriteAsync(Started(request, profile)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(choices.Select(choice => StreamAsync(choice, choices.Length, profile, client, end, meter)));

        // 5. A session keeps the turn before its client hears that it is over.
        if (request.Turn is { } turn && choices[0].Completion.Reason is FinishReason.Stop or FinishReason.Length)
            await EndTurnAsync(turn, choices[0]);

        // 6. The last event; a client that has gone is counted as well.
        var finished = Finished(request, choices);
        meter.OnFinished(finished);
        LogFinished(request.Id, method, tenant.Name, finished.Reason, finished.Usage.PromptTokens, finished.Usage.CompletionTokens, meter.FirstTokenAfter, meter.Elapsed);
        await client.WriteLastAsync(new GenerationEvent { Finished = finished });
    }

    /// <summary>All of them, or none. The first is placed before the others, which then go where its prompt is.</summary>
    private async Task AdmitAsync(Choice[] choices, RequestEnd end)
    {
        async Task AdmitAsync(Choice choice) => choice.OnPlaced(choice.Request.Resume.Count == 0
            ? await placer.AdmitAsync(choice.Request, choice.BoundTo, end.Deadline, end.Token)
            : await placer.ResumeAsync(choice.Request, choice.Completion.Received, choice.BoundTo, end.Deadline, end.Token));

        try
        {
            await AdmitAsync(choices[0]);
            foreach (var choice in choices.Length > 1 ? choices : [])
                choice.Bind(choices[0].Profile);
            await Task.WhenAll(choices.Skip(1).Select(AdmitAsync));
        }
        catch (Exception e)
        {
            foreach (var choice in choices)
                choice.Close();
            if (e is OperationCanceledException && end.HasCome)
                throw end.ToRefusal();
            if (e is RefusedException { Code: StatusCode.ResourceExhausted } full && choices.Length == 1)
                _refusals.Add(choices[0].Request, full);
            throw;
        }
    }

    /// <summary>Ends with the completion: by itself, from outside, or with an error.</summary>
    /// <param name="started">The profile that the client was told of.</param>
    private async Task StreamAsync(Choice choice, int choices, string started, ClientStream client, RequestEnd end, StreamMeter meter)
    {
        var completion = choice.Completion;
        try
        {
            while (true)
            {
                if (completion.TakePrompt() is { } prompt)
                    await client.WriteAsync(new GenerationEvent { Prompt = prompt });
                if (completion.TakeReleased() is { } tokens)
                {
                    tokens.ProfileId = choice.Profile == started ? "" : choice.Profile;
                    await client.WriteAsync(new GenerationEvent { Tokens = tokens, Choice = choice.Index });
                    meter.OnSent(choice.Index, tokens);
                }

                if (completion.Reason is not null)
                    break;
                if (!await choice.ReadAsync(end.Token))
                    choice.OnPlaced(await placer.ResumeAsync(choice.Request, completion.Received, choice.BoundTo, end.Deadline, end.Token));
            }

            if (completion.Reason == FinishReason.Error)
                choice.Fail(ReplicaError(choice.Request));
            else if (choices > 1 && completion.Reason is FinishReason.Stop or FinishReason.Length)
                await client.WriteAsync(new GenerationEvent { ChoiceFinished = new ChoiceFinished { Reason = completion.Reason.Value }, Choice = choice.Index });
        }
        catch (Exception e) when (end.HasCome || e is ClientLostException)
        {
            completion.End(end.HasCome ? end.Reason : FinishReason.Cancelled);
            if (completion.Reason == FinishReason.Error)
                choice.Fail(ToError(GatewayLifetime.Refusal()));
        }
        catch (RefusedException e)
        {
            choice.Fail(ToError(e));
        }
        catch (Exception e)
        {
            LogFailed(e, choice.Request.Id);
            choice.Fail(Error(StatusCode.Internal, $"The gateway failed; its log says why, under request {choice.Request.Id}."));
        }
        finally
        {
            choice.Close();
        }
    }

    private static async Task EndTurnAsync(SessionTurn turn, Choice choice)
    {
        try
        {
            await turn.EndAsync(choice.Request.Prompt, choice.Completion.Kept());
        }
        catch (RefusedException e)
        {
            choice.Fail(Error(e.Code, e.Message));
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

    private static GenerationFinished Finished(GenerationRequest request, Choice[] choices) => new()
    {
        Reason = choices.Max(choice => choice.Completion.Reason!.Value), // as the protocol numbers them
        Usage = new Usage
        {
            PromptTokens = request.Prompt.Length,
            CachedTokens = choices[0].Completion.CachedTokens,
            CompletionTokens = choices.Sum(choice => choice.Completion.Sent),
        },
        Error = choices.Select(choice => choice.Error).FirstOrDefault(error => error is not null),
        ProfileId = choices[0].Profile,
    };

    private static GenerationError ReplicaError(GenerationRequest request) =>
        Error(StatusCode.Internal, $"The replica cannot go on with this request; its log says why, under request {request.Id}.");

    /// <summary>A stream that no replica took again: what is wrong with the request itself shows only now, its profile may be gone for good, everything else may pass.</summary>
    private static GenerationError ToError(RefusedException e) => Error(
        e.Code switch
        {
            StatusCode.InvalidArgument => StatusCode.Internal,
            StatusCode.Aborted => StatusCode.Aborted,
            _ => StatusCode.Unavailable,
        },
        e.Message);

    private static GenerationError Error(StatusCode code, string message) => new() { Code = (int)code, Message = message };

    [LoggerMessage(LogLevel.Information,
        "Request {RequestId} ({Method}) finished: {Reason}, {PromptTokens} prompt and {CompletionTokens} completion tokens, first token after {FirstToken}, {Duration} in all, for {Tenant}.")]
    private partial void LogFinished(
        string requestId, string method, string tenant, FinishReason reason, int promptTokens, int completionTokens, TimeSpan? firstToken, TimeSpan duration);

    [LoggerMessage(LogLevel.Error, "Request {RequestId} failed inside the gateway.")]
    private partial void LogFailed(Exception exception, string requestId);
}

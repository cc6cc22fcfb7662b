using Baichuan.Gateway.Generation;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.Gateway.Sessions;
using Baichuan.Gateway.Tenants;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Gateway.Services;

/// <summary>baichuan.v1.Inference, mapped to the classes that do the work.</summary>
[BindServiceMethod(typeof(InferenceService), nameof(Bind))]
internal sealed class InferenceService(
    RequestParser parser, GenerationHandler generation, SessionDirectory sessions, ServedModel model, TopologyWatch topology) : Inference.InferenceBase
{
    /// <summary>Found by the gRPC library through the attribute.</summary>
    public static void Bind(ServiceBinderBase binder, Inference.InferenceBase service) => Inference.BindService(new StrictBinder(binder), service);

    public override Task Generate(GenerateRequest request, IServerStreamWriter<GenerationEvent> responseStream, ServerCallContext context)
    {
        var tenant = TenantGate.TenantOf(context);
        return generation.HandleAsync(nameof(Generate), tenant, most => parser.Parse(request, tenant, most), responseStream, context);
    }

    public override async Task Chat(ChatRequest request, IServerStreamWriter<GenerationEvent> responseStream, ServerCallContext context)
    {
        var tenant = TenantGate.TenantOf(context);
        await using var turn = request.SessionId.Length == 0 ? null : await sessions.BeginTurnAsync(tenant, request.SessionId, context.CancellationToken);
        await generation.HandleAsync(nameof(Chat), tenant, most => parser.Parse(request, tenant, most, turn), responseStream, context);
    }

    public override Task Resume(ResumeRequest request, IServerStreamWriter<GenerationEvent> responseStream, ServerCallContext context)
    {
        var tenant = TenantGate.TenantOf(context);
        return generation.HandleAsync(nameof(Resume), tenant, most => parser.Parse(request, tenant, most), responseStream, context);
    }

    public override Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context) =>
        Task.FromResult(new TokenizeResponse { TokenIds = { parser.Parse(request) } });

    public override Task<DetokenizeResponse> Detokenize(DetokenizeRequest request, ServerCallContext context) =>
        Task.FromResult(new DetokenizeResponse { Text = model.Tokenizer.Decode(parser.Parse(request), skipSpecial: true) });

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse { Models = { Describe() } });

    public override Task<GetModelResponse> GetModel(GetModelRequest request, ServerCallContext context) => model.IsNamed(request.Model)
        ? Task.FromResult(new GetModelResponse { Model = Describe() })
        : throw new RefusedException(StatusCode.NotFound, model.Unknown(request.Model));

    private ModelInfo Describe()
    {
        var seen = topology.Current;
        return new ModelInfo
        {
            Name = model.Name,
            ProfileId = seen.Topology?.Profile ?? "",
            ContextLength = seen.Topology?.MaxContext ?? model.Config.MaxPositions,
            VocabularySize = model.Config.VocabularySize,
            Ready = seen.IsReady,
            DefaultSampling = SamplingParser.Describe(model.Defaults),
        };
    }
}

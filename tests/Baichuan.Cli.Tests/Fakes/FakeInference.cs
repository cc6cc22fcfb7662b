using System.Collections.Concurrent;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Fakes;

/// <summary>Plays a script for every request, and remembers the requests.</summary>
internal sealed class FakeInference : Inference.InferenceBase
{
    public ConcurrentQueue<GenerateRequest> GenerateRequests { get; } = new();

    public ConcurrentQueue<ChatRequest> ChatRequests { get; } = new();

    public ConcurrentQueue<ResumeRequest> ResumeRequests { get; } = new();

    /// <summary>The authorization of every chat; empty where there was none.</summary>
    public ConcurrentQueue<string> Keys { get; } = new();

    /// <summary>What a stream does; an <see cref="RpcException"/> ends it.</summary>
    public Func<IServerStreamWriter<GenerationEvent>, CancellationToken, Task> Script { get; set; } = Events.Writing(Events.Answer("yes"));

    public override Task Generate(GenerateRequest request, IServerStreamWriter<GenerationEvent> responseStream, ServerCallContext context)
    {
        GenerateRequests.Enqueue(request);
        return Script(responseStream, context.CancellationToken);
    }

    public override Task Chat(ChatRequest request, IServerStreamWriter<GenerationEvent> responseStream, ServerCallContext context)
    {
        ChatRequests.Enqueue(request);
        Keys.Enqueue(context.RequestHeaders.GetValue("authorization") ?? "");
        return Script(responseStream, context.CancellationToken);
    }

    public override Task Resume(ResumeRequest request, IServerStreamWriter<GenerationEvent> responseStream, ServerCallContext context)
    {
        ResumeRequests.Enqueue(request);
        return Script(responseStream, context.CancellationToken);
    }

    public override Task<GetModelResponse> GetModel(GetModelRequest request, ServerCallContext context) =>
        Task.FromResult(new GetModelResponse { Model = new ModelInfo { Name = "demo", ProfileId = Topologies.Profile, ContextLength = 2048, VocabularySize = 512, Ready = true } });
}

using Baichuan.Model;
using Baichuan.Scheduling;

namespace Baichuan.SameBytes.Tests;

/// <summary>A question and its circumstances, on which the answer must not depend.</summary>
/// <param name="Arrival">The step before which it is submitted.</param>
/// <param name="CancelAfter">Steps after which the client goes away; null: it waits.</param>
/// <param name="Known">Tokens of the answer that the gateway has already.</param>
internal sealed record MixedRequest(Question Question, int Arrival, int? CancelAfter, int Known, string Tenant, RequestClass Class)
{
    public SequenceRequest ToSequence(string id, ReadOnlySpan<int> answer) => new()
    {
        RequestId = id,
        Prompt = Question.Prompt,
        Generated = answer[..Math.Clamp(Known, 0, Math.Max(0, answer.Length - 1))].ToArray(),
        MaxTokens = Question.MaxTokens,
        Sampling = Question.Sampling,
        StopTokens = Question.StopTokens,
        Tenant = Tenant,
        Class = Class,
    };
}

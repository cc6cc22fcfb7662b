using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Tests.Toy;

/// <summary>Requests and limits that tests start from.</summary>
internal static class Requests
{
    /// <summary>Room for everything, one step at a time.</summary>
    public static SchedulerOptions Roomy { get; } = new()
    {
        Blocks = new KvBlockCounts(256, 256),
        SlidingWindow = 24,
        VocabularySize = ToyLanguage.VocabularySize,
        MaxContext = 512,
        MaxBatchRows = 64,
        MaxSequences = 16,
        MaxWaiting = 64,
        BatchesInFlight = 1,
    };

    /// <summary>A prompt that differs from id to id.</summary>
    public static int[] Prompt(string id, int length) =>
        [.. Enumerable.Range(0, length).Select(i => (id.Sum(c => c * 7) + (i * 31)) % ToyLanguage.VocabularySize)];

    /// <summary>As its gateway sends it again: with the tokens that it has.</summary>
    public static SequenceRequest Again(Sequence sequence) => new()
    {
        RequestId = sequence.RequestId,
        Prompt = sequence.Request.Prompt,
        Generated = sequence.Tokens[sequence.PromptLength..].ToArray(),
        MaxTokens = sequence.Request.MaxTokens,
        Sampling = sequence.Request.Sampling,
        StopTokens = sequence.Request.StopTokens,
        Deadline = sequence.Request.Deadline,
        Tenant = sequence.Request.Tenant,
        Class = sequence.Request.Class,
    };

    /// <param name="family">Requests of one family have the same prompt, as far as it goes; null: of the id's own.</param>
    public static SequenceRequest Of(
        string id,
        int promptLength,
        int maxTokens,
        ReadOnlyMemory<int> generated = default,
        ReadOnlyMemory<int> stopTokens = default,
        DateTimeOffset? deadline = null,
        string? family = null,
        string tenant = "default",
        RequestClass requestClass = RequestClass.Interactive) => new()
        {
            RequestId = id,
            Prompt = Prompt(family ?? id, promptLength),
            Generated = generated,
            MaxTokens = maxTokens,
            Sampling = SamplingSettings.Greedy,
            StopTokens = stopTokens,
            Deadline = deadline,
            Tenant = tenant,
            Class = requestClass,
        };
}

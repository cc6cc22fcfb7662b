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

    public static SequenceRequest Of(
        string id,
        int promptLength,
        int maxTokens,
        ReadOnlyMemory<int> generated = default,
        ReadOnlyMemory<int> stopTokens = default,
        DateTimeOffset? deadline = null) => new()
        {
            RequestId = id,
            Prompt = Prompt(id, promptLength),
            Generated = generated,
            MaxTokens = maxTokens,
            Sampling = SamplingSettings.Greedy,
            StopTokens = stopTokens,
            Deadline = deadline,
        };
}

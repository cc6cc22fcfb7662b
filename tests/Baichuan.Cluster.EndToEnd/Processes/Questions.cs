using Baichuan.V1;

namespace Baichuan.Cluster.EndToEnd.Processes;

/// <summary>Requests that tests repeat.</summary>
internal static class Questions
{
    public static ChatRequest Greedy(string question, int maxTokens) => new()
    {
        Model = "demo",
        Messages = { new ChatMessage { Role = Role.User, Content = question } },
        Sampling = new SamplingOptions { Temperature = 0, RepetitionPenalty = 1, MaxTokens = maxTokens },
    };

    public static ChatRequest Sampled(string question, int maxTokens, ulong seed) => new()
    {
        Model = "demo",
        Messages = { new ChatMessage { Role = Role.User, Content = question } },
        Sampling = new SamplingOptions { Temperature = 0.8f, TopP = 0.95f, Seed = seed, MaxTokens = maxTokens, IgnoreEos = true },
    };
}

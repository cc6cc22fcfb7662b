using Baichuan.Model.Execution;

namespace Baichuan.SameBytes.Tests;

/// <summary>What is asked, as far as the answer depends on it. Drawn from few values, so that answers can be kept.</summary>
/// <param name="Family">Prompts of one family are the same, as far as they go.</param>
/// <param name="Style">One of <see cref="Styles"/>.</param>
internal sealed record Question(int Family, int PromptLength, int MaxTokens, int Style, ulong Seed)
{
    private const int VocabularySize = 256;

    private static readonly SamplingSettings Greedy = SamplingSettings.Greedy;

    private static readonly SamplingSettings[] Samplings =
    [
        Greedy,
        Greedy with { Temperature = 1, TopLogprobs = 2 },
        Greedy with { Temperature = 0.8f, TopP = 0.9f, RepetitionPenalty = 1.2f },
        Greedy with { Temperature = 1.5f, TopK = 20, Choice = 1 },
        Greedy with { Temperature = 1, MinP = 0.02f, MinTokens = 3, TopLogprobs = 0 },
    ];

    public static int Styles => Samplings.Length;

    public int[] Prompt => [.. Enumerable.Range(0, PromptLength).Select(i => ((Family * 89) + (i * i * 7) + (i * 31)) % VocabularySize)];

    /// <summary>The last style may end early, by any of many tokens.</summary>
    public int[] StopTokens => Style == Styles - 1 ? [.. Enumerable.Range(0, 40)] : [];

    public SamplingSettings Sampling => Samplings[Style] with { Seed = Seed };
}

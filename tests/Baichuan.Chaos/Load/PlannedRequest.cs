using Baichuan.V1;

namespace Baichuan.Chaos.Load;

/// <summary>A request of the profile that every run sends: some greedy, the others sampled with a seed.</summary>
internal sealed record PlannedRequest(string Name, GenerateRequest Request)
{
    private const int FirstPlainToken = 300; // below are special tokens and single bytes

    /// <summary>The first <paramref name="count"/> requests: prompts of 64 to 512 tokens, completions of 128 to 256.</summary>
    public static IReadOnlyList<PlannedRequest> Plan(int count, int seed, int vocabularySize)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(number => new PlannedRequest($"{number}", Make(random, number, vocabularySize)))];
    }

    /// <summary>The request under a new id.</summary>
    public GenerateRequest Under(string id) => new(Request) { RequestId = id };

    private static GenerateRequest Make(Random random, int number, int vocabularySize)
    {
        var prompt = Enumerable.Range(0, random.Next(64, 513)).Select(_ => random.Next(FirstPlainToken, vocabularySize));
        var sampling = new SamplingOptions { RepetitionPenalty = 1, MaxTokens = random.Next(128, 257), IgnoreEos = true, Seed = (ulong)random.NextInt64() };
        if (number % 2 == 0)
            sampling.Temperature = 0;
        else
            (sampling.Temperature, sampling.TopP) = (0.9f, 0.95f);
        return new GenerateRequest { TokenIds = new TokenIds { Ids = { prompt } }, Sampling = sampling };
    }
}

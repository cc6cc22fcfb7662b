using System.Diagnostics;
using System.Text.Json.Serialization;
using Baichuan.Compute;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Server.Tools;

/// <summary>How well a model predicts text: e to the mean over tokens of -ln p(token | the tokens before it in its list). The first token of a list is not predicted.</summary>
/// <param name="Value">The perplexity.</param>
/// <param name="Tokens">Tokens predicted.</param>
/// <param name="Seconds">Loading included.</param>
internal sealed record Perplexity(WeightType Weights, KvType KvCache, [property: JsonPropertyName("perplexity")] double Value, long Tokens, double Seconds)
{
    /// <summary>Loads the model with one type of weights and measures it. All sums are in double, from the executor's logits.</summary>
    /// <param name="lists">Two tokens at least in each.</param>
    /// <exception cref="ModelFormatException">The checkpoint gives no finite logits.</exception>
    public static Perplexity Measure(ModelCheckpoint checkpoint, IShardExecutorFactory executor, WeightType weights, KvType kvCache, IReadOnlyList<int[]> lists)
    {
        var started = Stopwatch.GetTimestamp();
        var known = new int[lists.Count];
        var sums = new double[lists.Count]; // a sum for each list: the order in which lists share steps does not show in the result
        Scoring.Run(checkpoint, ShardPlan.Create(checkpoint.Config, 1, 1), executor, weights, kvCache, [.. lists.Select(list => list[..^1])], (list, logits) =>
        {
            known[list]++;
            sums[list] -= LogProbability(logits, lists[list][known[list]]);
        });
        var tokens = lists.Sum(list => list.Length - 1L);
        var value = Math.Exp(sums.Sum() / tokens);
        if (!double.IsFinite(value))
            throw new ModelFormatException(checkpoint.Folder, "gives logits that are not finite: its weights are damaged");
        return new Perplexity(weights, kvCache, value, tokens, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>ln of the softmax: x[token] - ln(sum of e^x).</summary>
    private static double LogProbability(ReadOnlySpan<float> logits, int token)
    {
        var largest = double.NegativeInfinity;
        foreach (var logit in logits)
            largest = Math.Max(largest, logit);
        var sum = 0.0;
        foreach (var logit in logits)
            sum += Math.Exp(logit - largest);
        return logits[token] - largest - Math.Log(sum);
    }
}

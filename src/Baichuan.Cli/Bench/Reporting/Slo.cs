using System.Globalization;
using Baichuan.Cli.Bench.Load;

namespace Baichuan.Cli.Bench.Reporting;

/// <summary>Service level objectives: the most that a request may take, in milliseconds; null: no matter.</summary>
internal sealed record Slo(double? TtftMs, double? TpotMs, double? E2eMs)
{
    private const string Grammar = "Write ttft:MS, tpot:MS and e2e:MS, or some of them, with commas between, such as ttft:1000,tpot:100";

    /// <summary>Reads <c>ttft:1000,tpot:100,e2e:5000</c> or a part of that; vLLM's name of the last, e2el, will do too.</summary>
    /// <exception cref="FormatException">With a sentence for people.</exception>
    public static Slo Parse(string text)
    {
        var limits = new Dictionary<string, double>();
        foreach (var part in text.Split(','))
        {
            if (part.Split(':') is not [var name, var number]
                || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var limit)
                || name is not ("ttft" or "tpot" or "e2e" or "e2el"))
            {
                throw new FormatException($"'{part}' is no objective. {Grammar}.");
            }

            if (!limits.TryAdd(name == "e2el" ? "e2e" : name, limit))
                throw new FormatException($"'{text}' has two objectives for {name}. {Grammar}.");
        }

        double? Limit(string name) => limits.TryGetValue(name, out var limit) ? limit : null;
        return new Slo(Limit("ttft"), Limit("tpot"), Limit("e2e"));
    }

    /// <summary>Whether a completed request meets every objective. An answer of one token has a TPOT of 0, as in vLLM.</summary>
    public bool IsMetBy(RequestRecord record) =>
        Within(LatencySamples.TtftOf(record), TtftMs) && Within(LatencySamples.TpotOf(record), TpotMs) && Within(LatencySamples.E2eOf(record), E2eMs);

    public override string ToString()
    {
        var parts = new (string Name, double? Limit)[] { ("TTFT", TtftMs), ("TPOT", TpotMs), ("E2E", E2eMs) };
        return string.Join(", ", from part in parts where part.Limit is not null select FormattableString.Invariant($"{part.Name} ≤ {part.Limit} ms"));
    }

    private static bool Within(TimeSpan? time, double? limitMs) => limitMs is null || time?.TotalMilliseconds <= limitMs;
}

using System.CommandLine;
using Baichuan.Cli.Bench;
using Baichuan.Cli.Bench.Planning;
using Baichuan.Cli.Bench.Reporting;

namespace Baichuan.Cli.Commands;

/// <summary>The options of a bench. Those of one workload are refused where another one is chosen.</summary>
internal sealed class BenchFlags
{
    private readonly Option<Workload> _workload = Flag(
        "--workload",
        "NAME",
        "random; shared-prefix: prompts in groups that begin alike; multi-turn: conversations whose every turn sends the history, answers included. Default random.",
        FlagText.Workload);

    private readonly Option<int> _numPrompts = Flag("--num-prompts", "COUNT", "Arrivals: requests, or with multi-turn conversations. Default 100.", FlagText.Count);
    private readonly Option<double?> _requestRate = Flag("--request-rate", "R", "Arrivals per second; inf: all at once. Default inf.", FlagText.Rate);

    private readonly Option<double> _burstiness = Flag(
        "--burstiness",
        "SHAPE",
        "Shape of the gamma distribution of the gaps between arrivals. 1: a Poisson process; below: bursts; above: more even. Default 1.",
        FlagText.Positive);

    private readonly Option<int> _maxConcurrency = Flag(
        "--max-concurrency", "COUNT", "Most requests in flight; the others wait, and their latency counts. Default: no bound.", FlagText.Count);

    private readonly Option<Distribution> _inputLen = Flag(
        "--input-len", "N", "Tokens of a prompt; of its own tail with shared-prefix; that a turn adds with multi-turn. Default 256.", FlagText.Lengths);

    private readonly Option<Distribution> _outputLen = Flag("--output-len", "N", "Tokens of an answer, which end-of-text does not end. Default 64.", FlagText.Lengths);
    private readonly Option<int> _numPrefixes = Flag("--num-prefixes", "COUNT", "shared-prefix: groups of prompts. Default 10.", FlagText.Count);
    private readonly Option<int> _prefixLen = Flag("--prefix-len", "COUNT", "shared-prefix: tokens that the prompts of a group share. Default 256.", FlagText.Count);
    private readonly Option<int> _turns = Flag("--turns", "COUNT", "multi-turn: requests of a conversation. Default 4.", FlagText.Count);

    private readonly Option<Distribution> _thinkTime = Flag(
        "--think-time", "N", "multi-turn: seconds from the end of an answer to the next turn. Default 1.", DistributionParser.Parse);

    private readonly Option<int> _warmup = Flag(
        "--warmup", "COUNT", "Requests that are sent before, all at once, and not counted; they share the others' prefixes. Default none.", FlagText.Number<int>);

    private readonly Option<ulong> _seed = Flag("--seed", "SEED", "All that is random comes from it. Default 0.", FlagText.Number<ulong>);

    private readonly Option<Slo> _slo = Flag(
        "--slo", "NAME:MS,...", "Goodput: requests per second that take at most so many milliseconds, such as ttft:1000,tpot:100,e2e:5000.", Slo.Parse);

    private readonly Option<string> _json = new("--json")
    {
        Description = "Writes the report as JSON: to the file, or without one to standard output in place of the tables.",
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _plot = Flag("--plot", "FILE", "Writes latency by percentile as SVG.", text => text);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _workload, _numPrompts, _requestRate, _burstiness, _maxConcurrency, _inputLen, _outputLen, _numPrefixes, _prefixLen, _turns, _thinkTime, _warmup, _seed,
            _slo, _json, _plot,
        })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="FailureException">An option belongs to another workload.</exception>
    public BenchInputs ReadInputs(ParseResult parsed)
    {
        var workload = Or(parsed, _workload, Workload.Random);
        var (prefixes, conversations) = (workload == Workload.SharedPrefix, workload == Workload.MultiTurn);
        Refuse(parsed, "shared-prefix", prefixes, _numPrefixes, _prefixLen);
        Refuse(parsed, "multi-turn", conversations, _turns, _thinkTime);
        return new BenchInputs
        {
            Workload = workload,
            Seed = Or(parsed, _seed, 0UL),
            NumPrompts = Or(parsed, _numPrompts, 100),
            RequestRate = Or(parsed, _requestRate, null),
            Burstiness = Or(parsed, _burstiness, 1),
            MaxConcurrency = IsGiven(parsed, _maxConcurrency) ? parsed.GetValue(_maxConcurrency) : null,
            InputLen = Or(parsed, _inputLen, Distribution.Fixed(256)),
            OutputLen = Or(parsed, _outputLen, Distribution.Fixed(64)),
            NumPrefixes = prefixes ? Or(parsed, _numPrefixes, 10) : null,
            PrefixLen = prefixes ? Or(parsed, _prefixLen, 256) : null,
            Turns = conversations ? Or(parsed, _turns, 4) : null,
            ThinkTime = conversations ? Or(parsed, _thinkTime, Distribution.Fixed(1)) : null,
            Warmup = Or(parsed, _warmup, 0),
            Slo = parsed.GetValue(_slo),
        };
    }

    public BenchOutputs ReadOutputs(ParseResult parsed) => new(IsGiven(parsed, _json), parsed.GetValue(_json), parsed.GetValue(_plot));

    private static void Refuse(ParseResult parsed, string workload, bool chosen, params Option[] options)
    {
        if (!chosen && options.FirstOrDefault(option => IsGiven(parsed, option)) is { Name: var name })
            throw new FailureException(ExitCode.Refused, $"{name} is for --workload {workload}: choose that, or leave {name} out.");
    }

    private static T Or<T>(ParseResult parsed, Option<T> option, T otherwise) => IsGiven(parsed, option) ? parsed.GetRequiredValue(option) : otherwise;

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is not null;

    private static Option<T> Flag<T>(string name, string helpName, string description, Func<string, T> parse) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            try
            {
                return parse(result.Tokens.Single().Value);
            }
            catch (FormatException e)
            {
                result.AddError($"{name}: {e.Message}");
                return default;
            }
        },
    };
}

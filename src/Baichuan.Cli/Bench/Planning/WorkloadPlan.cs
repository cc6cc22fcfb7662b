namespace Baichuan.Cli.Bench.Planning;

/// <summary>
/// Turns inputs into arrivals. Every arrival draws from a stream of its own, so the n-th request is the same whatever the rate and the number of requests.
/// </summary>
internal static class WorkloadPlan
{
    private enum Part : ulong
    {
        Timetable,
        Arrivals,
        WarmUps,
        Prefixes,
    }

    /// <summary>What is measured.</summary>
    public static IReadOnlyList<Arrival> Create(BenchInputs inputs)
    {
        var offsets = Timetable.Create(inputs.NumPrompts, inputs.RequestRate, inputs.Burstiness, new RandomStream(Seed(inputs, Part.Timetable)));
        return [.. offsets.Select((due, index) => new Arrival(due, Turns(inputs, inputs.Turns ?? 1, StreamOf(inputs, Part.Arrivals, index))))];
    }

    /// <summary>
    /// What is sent before, all at once: single requests, made like those that are measured. They share the prefixes of those, and no other token.
    /// </summary>
    public static IReadOnlyList<Arrival> CreateWarmUp(BenchInputs inputs) =>
        [.. Enumerable.Range(0, inputs.Warmup).Select(index => new Arrival(TimeSpan.Zero, Turns(inputs, 1, StreamOf(inputs, Part.WarmUps, index))))];

    private static PlannedTurn[] Turns(BenchInputs inputs, int count, RandomStream random)
    {
        var turns = new PlannedTurn[count];
        for (var i = 0; i < count; i++)
        {
            var runs = new List<TokenRun>(2);
            if (inputs is { NumPrefixes: { } groups, PrefixLen: { } length })
                runs.Add(new TokenRun(RandomStream.Derive(Seed(inputs, Part.Prefixes), random.Next() % (ulong)groups), length));
            runs.Add(new TokenRun(random.Next(), inputs.InputLen.SampleTokens(random)));
            var thinkTime = inputs.ThinkTime?.SampleTime(random) ?? TimeSpan.Zero;
            turns[i] = new PlannedTurn(runs, inputs.OutputLen.SampleTokens(random), random.Next(), thinkTime);
        }

        return turns;
    }

    private static RandomStream StreamOf(BenchInputs inputs, Part part, int index) => new(RandomStream.Derive(Seed(inputs, part), (ulong)index));

    private static ulong Seed(BenchInputs inputs, Part part) => RandomStream.Derive(inputs.Seed, (ulong)part);
}

using System.Globalization;
using Baichuan.Cli.Bench.Load;
using Baichuan.Cli.Bench.Planning;
using Baichuan.Cli.Bench.Plotting;
using Baichuan.Cli.Bench.Reporting;
using Baichuan.Client;
using Baichuan.V1;

namespace Baichuan.Cli.Bench;

/// <summary>A bench as a story: look at the model, plan, warm up, load, report.</summary>
internal sealed class BenchRun(CommandContext context, BaichuanClient client, Uri address)
{
    private CancellationToken Interrupt => context.Interrupts.End;

    /// <returns>The exit code: whether a request failed other than by being refused, or somebody ended the run.</returns>
    /// <exception cref="FailureException">The inputs do not fit the model, a warm-up request failed, or a file cannot be written.</exception>
    public async Task<int> RunAsync(BenchInputs inputs, BenchOutputs outputs)
    {
        var model = await client.GetModelAsync(cancellationToken: Interrupt);
        var (arrivals, warmUp) = (WorkloadPlan.Create(inputs), WorkloadPlan.CreateWarmUp(inputs));
        CheckContext(arrivals.Concat(warmUp), model);
        await WarmUpAsync(warmUp, inputs, model);

        var startedAt = context.Clock.GetUtcNow();
        var counters = new LoadCounters(arrivals.Sum(arrival => arrival.Turns.Count));
        var load = StartAsync(arrivals, model, inputs, counters);
        await new ProgressDisplay(context.Terminal.Notes).ShowAsync(counters, load);
        var result = await load;

        RequestRecord[] completed = [.. result.Records.Where(record => record.Outcome == Outcome.Completed)];
        var samples = new LatencySamples(completed);
        var tokens = ReportFigures.CountTokens(completed);
        var report = new BenchReport
        {
            StartedAt = startedAt,
            Gateway = GatewayCall.Text(address),
            Model = model.Name,
            ProfileId = model.ProfileId,
            Inputs = inputs,
            Interrupted = result.Interrupted,
            DurationS = result.Duration.TotalSeconds,
            Requests = ReportFigures.CountRequests(result.Records, counters.Planned),
            Tokens = tokens,
            Throughput = ReportFigures.ThroughputOf(completed.Length, tokens, result.Duration),
            Goodput = inputs.Slo is { } slo ? ReportFigures.GoodputOf(completed, slo, result.Duration) : null,
            Concurrency = Concurrency.Of(result),
            LatencyMs = Latencies.Of(samples),
        };
        Show(report, samples, outputs);
        return report switch
        {
            { Requests.Failed: > 0 } => ExitCode.Failed,
            { Interrupted: true } => ExitCode.Interrupted,
            _ => ExitCode.Done,
        };
    }

    private static void CheckContext(IEnumerable<Arrival> arrivals, ModelInfo model)
    {
        var longest = arrivals.Max(arrival => arrival.ContextTokens);
        if (longest > model.ContextLength)
        {
            throw new FailureException(ExitCode.Refused, string.Create(
                CultureInfo.InvariantCulture,
                $"The longest request would have {longest:N0} tokens with its answer; the context of {model.Name} is {model.ContextLength:N0}. Bound --input-len and --output-len, or take fewer --turns."));
        }
    }

    private async Task WarmUpAsync(IReadOnlyList<Arrival> arrivals, BenchInputs inputs, ModelInfo model)
    {
        var result = await StartAsync(arrivals, model, inputs, new LoadCounters(arrivals.Count));
        Interrupt.ThrowIfCancellationRequested();
        if (result.Records.FirstOrDefault(record => record.Outcome == Outcome.Failed) is { Status: var status })
            throw new FailureException(ExitCode.Failed, $"A warm-up request failed, so nothing was measured. {status.StatusCode}: {status.Detail}");
    }

    private Task<LoadResult> StartAsync(IReadOnlyList<Arrival> arrivals, ModelInfo model, BenchInputs inputs, LoadCounters counters) => Task.Run(() =>
        new LoadRun(
            (request, cancellationToken) => client.GenerateAsync(request, cancellationToken: cancellationToken),
            model.VocabularySize,
            inputs.MaxConcurrency,
            context.Clock,
            counters).RunAsync(arrivals, Interrupt));

    private void Show(BenchReport report, LatencySamples samples, BenchOutputs outputs)
    {
        var json = outputs.Json ? ReportJson.Write(report) : "";
        if (outputs is { Json: true, JsonFile: null })
            context.Terminal.Output.WriteLine(json);
        else
            ReportView.Write(report, context.Terminal.Display);
        try
        {
            if (outputs.JsonFile is { } jsonFile)
                File.WriteAllText(jsonFile, json + "\n");
            if (outputs.PlotFile is { } plotFile)
                File.WriteAllText(plotFile, LatencyPlot.Write(report, samples) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(ExitCode.Failed, $"A file cannot be written: {e.Message}", e);
        }
    }
}

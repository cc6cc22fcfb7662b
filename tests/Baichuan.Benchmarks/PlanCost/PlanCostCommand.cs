using System.CommandLine;
using Baichuan.Benchmarks.Measuring;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Baichuan.Benchmarks.PlanCost;

/// <summary><c>plan-cost</c>: how long it takes to plan a step over 256 running sequences, by BenchmarkDotNet; it is to stay under 200 us in the median, in the worst step
/// too.</summary>
internal static class PlanCostCommand
{
    private const double MostMicroseconds = 200;

    // Each measures one step; what has to happen between two steps is not measured.
    private static readonly Job Steps = Job.Default
        .WithToolchain(InProcessEmitToolchain.Instance)
        .WithStrategy(RunStrategy.Monitoring)
        .WithWarmupCount(100)
        .WithIterationCount(250)
        .WithInvocationCount(1)
        .WithUnrollFactor(1);

    public static Command Create()
    {
        var json = new Option<FileInfo?>("--json") { Description = "File for the figures." };
        var command = new Command("plan-cost", $"Plans steps over {PlanBenchmark.Sequences} running sequences.") { json };
        command.SetAction(arguments =>
        {
            var report = new Report("plan-cost", Console.Out);
            var summary = BenchmarkRunner.Run<PlanBenchmark>(
                ManualConfig.CreateEmpty().AddJob(Steps).AddDiagnoser(MemoryDiagnoser.Default).AddColumnProvider(DefaultColumnProviders.Instance).AddLogger(NullLogger.Instance));
            if (summary.HasCriticalValidationErrors || summary.Reports.Length != 4)
                throw new InvalidOperationException("BenchmarkDotNet did not run all four benchmarks.");
            foreach (var measured in summary.Reports)
                Add(report, measured);
            return report.Conclude(arguments.GetValue(json));
        });
        return command;
    }

    private static void Add(Report report, BenchmarkReport measured)
    {
        var isAhead = measured.BenchmarkCase.Parameters[nameof(PlanBenchmark.PlansAhead)] is true;
        var name = $"{measured.BenchmarkCase.Descriptor.WorkloadMethod.Name}{(isAhead ? ", ahead" : "")}";
        var times = new Spread(measured.AllMeasurements
            .Where(one => one is { IterationMode: IterationMode.Workload, IterationStage: IterationStage.Actual }).Select(one => one.Nanoseconds / 1000));
        report.Add($"{name}: planning a step", "us", times, "F0");
        report.Add($"{name}: p99", "us", times.Percentile(99), "F0");
        report.Add($"{name}: allocated", "bytes", measured.GcStats.GetBytesAllocatedPerOperation(measured.BenchmarkCase) ?? 0, "F0");
        report.Require(new PassLine($"median of {name}, in us", times.Median, MostMicroseconds, AtMost: true));
    }
}

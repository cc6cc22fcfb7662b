using System.CommandLine;
using Baichuan.Compute.Bench;
using Baichuan.Model.Plan;
using Baichuan.Server.Bench;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server bench-memory</c>: the read bandwidth that weights can have, the ceiling of decoding.</summary>
internal static class BenchMemoryCommand
{
    private const int Repeats = 20;

    public static Command Create()
    {
        var threads = new Option<string>("--threads")
        {
            Description = "Thread counts with commas between them; default: one, and every core.",
            DefaultValueFactory = _ => string.Join(',', new[] { 1, Environment.ProcessorCount }.Distinct()),
        };
        var json = new Option<string?>("--json") { Description = "File for the figures." };
        var command = new Command("bench-memory", "Measures how fast memory of the kind that weights lie in can be read.") { threads, json };
        command.SetAction(arguments => Tool.Run(output =>
        {
            var counts = CommaList.Counts("--threads", arguments.GetRequiredValue(threads), 1024);
            using var memory = new MemoryBench();
            output.WriteLine(
                $"{MemoryBench.Bytes >> 20} MiB, {100.0 * memory.HugePageBytes / MemoryBench.Bytes:f0} % of them in huge pages, "
                + $"vectors of {MemoryBench.VectorBits} bits, {Repeats} repeats");
            var rows = Measure(memory, counts);
            var table = new TextTable("threads", "streams of each", "GB/s", "middle half");
            foreach (var row in rows)
                table.Add($"{row.Threads}", $"{row.Streams}", $"{row.GigabytesPerSecond.Median:f1}", $"{row.GigabytesPerSecond.Low:f1}-{row.GigabytesPerSecond.High:f1}");
            table.Write(output);
            if (arguments.GetValue(json) is { } path)
                JsonFile.Write(path, rows);
        }));
        return command;
    }

    /// <summary>All ways in turn, again and again: whatever else the machine does meets them alike.</summary>
    private static List<MemoryRow> Measure(MemoryBench memory, int[] threads)
    {
        (int Threads, int Streams)[] ways = [.. threads.SelectMany(t => MemoryBench.StreamCounts, (t, streams) => (t, streams))];
        var samples = ways.ToDictionary(way => way, _ => new List<double>());
        for (var repeat = 0; repeat <= Repeats; repeat++)
        {
            foreach (var way in ways)
            {
                var rate = memory.Read(way.Threads, way.Streams) / 1e9;
                if (repeat > 0) // the first is for warming up
                    samples[way].Add(rate);
            }
        }

        return [.. ways.Select(way => new MemoryRow(way.Threads, way.Streams, Spread.Of(samples[way])))];
    }
}

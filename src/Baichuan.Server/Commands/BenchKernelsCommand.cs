using System.CommandLine;
using Baichuan.Compute.Bench;
using Baichuan.Model.Plan;
using Baichuan.Server.Bench;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server bench-kernels</c>: how fast the matrix kernels multiply, against what the processor could do.</summary>
internal static class BenchKernelsCommand
{
    public static Command Create()
    {
        var json = new Option<string?>("--json") { Description = "File for the figures." };
        var command = new Command("bench-kernels", "Measures every matrix kernel on one thread, over weights in the first-level cache.") { json };
        command.SetAction(arguments => Tool.Run(output =>
        {
            var figures = KernelBench.Run().ToList();
            output.WriteLine("Ceiling: maddubs, madd, add for whole numbers, fused multiply-adds for floats, over operands in the first-level cache and without scales");
            var table = new TextTable("instruction set", "weights", "rows", "GMAC/s", "ceiling", "of ceiling");
            foreach (var figure in figures)
            {
                table.Add(
                    figure.InstructionSet,
                    $"{figure.Weights}",
                    $"{figure.Rows}",
                    $"{figure.MultiplyAddsPerSecond / 1e9:f1}",
                    figure.Ceiling is { } ceiling ? $"{ceiling / 1e9:f1}" : "-",
                    figure.ShareOfCeiling is { } share ? $"{share:p0}" : "-");
            }

            table.Write(output);
            if (arguments.GetValue(json) is { } path)
                JsonFile.Write(path, figures);
        }));
        return command;
    }
}

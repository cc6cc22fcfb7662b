using System.CommandLine;
using Baichuan.Cluster;
using Baichuan.Model.Plan;
using Baichuan.Server.Bench;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server bench-model</c>: tokens per second of a model in this process, against what the machine could do.</summary>
internal static class BenchModelCommand
{
    public static Command Create()
    {
        var deployed = new DeploymentOptions();
        var model = new Option<string>("--model") { Description = "Folder of the checkpoint.", Required = true };
        var prompt = new Option<int>("--prompt") { Description = "Tokens of a prompt.", DefaultValueFactory = _ => 512 };
        var generate = new Option<int>("--generate") { Description = "Tokens that a sequence generates in a repeat.", DefaultValueFactory = _ => 64 };
        var batch = new Option<string>("--batch") { Description = "Numbers of sequences that generate side by side, with commas between them.", DefaultValueFactory = _ => "1,4,8,16" };
        var weights = new Option<WeightType>("--weights") { Description = "Type of the matrices in memory.", DefaultValueFactory = _ => WeightType.INT8 };
        var kvCache = new Option<KvType>("--kv-cache") { Description = "Type of cached keys and values.", DefaultValueFactory = _ => deployed.KvCache };
        var tensor = new Option<int>("--tensor-parallel") { Description = "T: ranks per stage.", DefaultValueFactory = _ => 1 };
        var pipeline = new Option<int>("--pipeline-parallel") { Description = "P: stages; they take turns, since one step runs at a time.", DefaultValueFactory = _ => 1 };
        var threads = new Option<int?>("--threads") { Description = "Compute threads of each shard; default: the cores, shared among T ranks." };
        var repeats = new Option<int>("--repeats") { Description = "Repeats that count, after one that does not.", DefaultValueFactory = _ => 5 };
        var json = new Option<string?>("--json") { Description = "File for the figures." };
        var command = new Command("bench-model", "Measures tokens per second with the executors and channels of the cluster, in this process.")
        {
            model, prompt, generate, batch, weights, kvCache, tensor, pipeline, threads, repeats, json,
        };
        command.SetAction(arguments => Tool.Run(output =>
        {
            var ranks = arguments.GetValue(tensor);
            var options = new ModelBenchOptions
            {
                ModelFolder = arguments.GetRequiredValue(model),
                Prompt = arguments.GetValue(prompt),
                Generate = arguments.GetValue(generate),
                Batches = CommaList.Counts("--batch", arguments.GetRequiredValue(batch), deployed.MaxBatchRows),
                Weights = arguments.GetValue(weights),
                KvCache = arguments.GetValue(kvCache),
                TensorParallel = ranks,
                PipelineParallel = arguments.GetValue(pipeline),
                Threads = arguments.GetValue(threads) ?? Math.Max(1, Environment.ProcessorCount / Math.Max(1, ranks)),
                Repeats = arguments.GetValue(repeats),
                MaxBatchRows = deployed.MaxBatchRows,
            };
            using var bench = new ModelBench(options);
            WriteSetting(output, options, bench);
            var rows = bench.Run();
            WriteTable(output, rows);
            if (arguments.GetValue(json) is { } path)
                JsonFile.Write(path, rows);
        }));
        return command;
    }

    private static void WriteSetting(TextWriter output, ModelBenchOptions options, ModelBench bench)
    {
        output.WriteLine(
            $"Weights {options.Weights}, KV cache {options.KvCache}, tensor parallel {options.TensorParallel} x pipeline parallel {options.PipelineParallel}, "
            + $"threads of each shard {options.Threads}, {bench.InstructionSet}, {(options.Spin ? "spinning" : "blocking")} for peers");
        output.WriteLine($"Prompts of {options.Prompt} tokens in chunks of {options.MaxBatchRows}, {options.Generate} tokens generated from each, {options.Repeats} repeats");
        output.WriteLine(
            $"Loaded in {bench.LoadTime.TotalSeconds:f1} s; resident {Mebibytes(bench.ResidentBytes)} MiB: weights {Mebibytes(bench.WeightBytes)} and {Mebibytes(bench.ResidentBytes - bench.WeightBytes)} more; "
            + $"KV pools of {Mebibytes(bench.KvBytes)} MiB come to it where they are written");
        output.WriteLine($"A decode step reads {bench.StepBytes / 1e6:f1} MB of weights");
        output.Flush();
    }

    private static void WriteTable(TextWriter output, IReadOnlyList<ModelRow> rows)
    {
        var table = new TextTable(
            "batch", "prefill tok/s", "decode tok/s", "of bandwidth", "GB/s", "of arithmetic", "GMAC/s", "prefill of arithmetic", "GMAC/s", "bytes allocated/step");
        foreach (var row in rows)
        {
            table.Add(
                $"{row.Batch}",
                row.Prefill.Text("f1"),
                row.Decode.Text("f1"),
                $"{row.ShareOfBandwidth:p0}",
                $"{row.Bandwidth:f1}",
                Share(row.ShareOfArithmetic),
                $"{row.DecodeGigamacs:f1}",
                Share(row.PrefillShareOfArithmetic),
                $"{row.PrefillGigamacs:f1}",
                $"{row.AllocatedBytesPerStep:f0}");
        }

        table.Write(output);
    }

    private static string Share(double? share) => share is { } value ? $"{value:p0}" : "-";

    private static string Mebibytes(long bytes) => $"{bytes / (double)(1 << 20):f0}";
}

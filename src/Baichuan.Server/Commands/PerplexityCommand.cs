using System.CommandLine;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;
using Baichuan.Server.Bench;
using Baichuan.Server.Hosting;
using Baichuan.Server.Tools;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server perplexity</c>: what a type of weights costs in accuracy.</summary>
internal static class PerplexityCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Folder of the checkpoint, with its tokenizer.", Required = true };
        var text = new Option<string>("--text") { Description = "Plain text, or .jsonl or .jsonl.gz with a \"question\" and an \"answer\" in each line.", Required = true };
        var weights = new Option<string>("--weights") { Description = "Types of the matrices in memory, with commas between them.", DefaultValueFactory = _ => "f32" };
        var kvCache = new Option<KvType>("--kv-cache") { Description = "Type of cached keys and values.", DefaultValueFactory = _ => KvType.F32 };
        var limit = new Option<int>("--limit") { Description = "Most conversations, or windows of the context's length.", DefaultValueFactory = _ => int.MaxValue };
        var json = new Option<string?>("--json") { Description = "File for the figures." };
        var command = new Command("perplexity", "Measures how well a model predicts a text: exp of the mean negative log-likelihood of a token.") { model, text, weights, kvCache, limit, json };
        command.SetAction(arguments => Tool.Run(output =>
        {
            var types = CommaList.Enums<WeightType>("--weights", arguments.GetRequiredValue(weights));
            using var checkpoint = ModelCheckpoint.Open(arguments.GetRequiredValue(model));
            var lists = TextLists.Read(arguments.GetRequiredValue(text), checkpoint.Folder, checkpoint.Config, arguments.GetValue(limit));
            var executor = ExecutorHosting.Create("cpu", Environment.ProcessorCount);
            Perplexity[] measured = [.. types.Select(type => Perplexity.Measure(checkpoint, executor, type, arguments.GetValue(kvCache), lists))];
            var table = new TextTable("weights", "perplexity", "change", "tokens", "texts", "seconds");
            foreach (var row in measured)
                table.Add($"{row.Weights}", $"{row.Value:f6}", $"{row.Value / measured[0].Value - 1:+0.000 %;-0.000 %;0.000 %}", $"{row.Tokens}", $"{lists.Count}", $"{row.Seconds:f1}");
            table.Write(output);
            if (arguments.GetValue(json) is { } path)
                JsonFile.Write(path, measured);
        }));
        return command;
    }
}

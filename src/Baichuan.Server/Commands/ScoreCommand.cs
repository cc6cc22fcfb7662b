using System.CommandLine;
using System.Text.Json;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;
using Baichuan.Server.Hosting;
using Baichuan.Server.Tools;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server score</c>: the logits of every position of a token list.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Folder of the checkpoint.", Required = true };
        var tokens = new Option<string>("--tokens") { Description = "Token ids with commas between them.", Required = true };
        var tensor = new Option<int>("--tensor-parallel") { Description = "T: ranks per stage.", DefaultValueFactory = _ => 1 };
        var pipeline = new Option<int>("--pipeline-parallel") { Description = "P: stages.", DefaultValueFactory = _ => 1 };
        var executor = new Option<string>("--executor") { Description = "cpu or torch.", DefaultValueFactory = _ => "cpu" };
        executor.AcceptOnlyFromAmong("cpu", "torch");
        var weights = new Option<WeightType>("--weights") { Description = "Type of the matrices in memory.", DefaultValueFactory = _ => WeightType.F32 };
        var kvCache = new Option<KvType>("--kv-cache") { Description = "Type of cached keys and values.", DefaultValueFactory = _ => KvType.F32 };
        var output = new Option<string>("--output") { Description = "File for {\"logits\": [[...], ...]}, in full precision.", Required = true };
        var command = new Command("score", "Writes the logits of every position of a token list, from shards in this process.")
        {
            model, tokens, tensor, pipeline, executor, weights, kvCache, output,
        };
        command.SetAction(arguments => Tool.Run(_ =>
        {
            var ids = CommaList.Integers("--tokens", arguments.GetRequiredValue(tokens));
            using var checkpoint = ModelCheckpoint.Open(arguments.GetRequiredValue(model));
            Scoring.Check(checkpoint.Config, ids);
            var plan = ShardPlan.Create(checkpoint.Config, arguments.GetValue(tensor), arguments.GetValue(pipeline));
            var factory = ExecutorHosting.Create(arguments.GetRequiredValue(executor), Environment.ProcessorCount);
            var path = arguments.GetRequiredValue(output);
            var unfinished = path + ".part";
            using (var file = File.Create(unfinished))
            using (var json = new Utf8JsonWriter(file))
            {
                json.WriteStartObject();
                json.WriteStartArray("logits");
                Scoring.Run(checkpoint, plan, factory, arguments.GetValue(weights), arguments.GetValue(kvCache), [ids], (_, row) => WriteRow(json, row));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            File.Move(unfinished, path, overwrite: true);
        }));
        return command;
    }

    private static void WriteRow(Utf8JsonWriter json, ReadOnlySpan<float> logits)
    {
        json.WriteStartArray();
        foreach (var logit in logits)
            json.WriteNumberValue(logit);
        json.WriteEndArray();
        json.Flush(); // it keeps everything in memory until told
    }
}

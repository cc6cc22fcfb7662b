using System.CommandLine;
using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server plan</c>: how a model would be cut, and what each shard would hold.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Folder with the model's config.json.", Required = true };
        var tensor = new Option<int>("--tensor-parallel") { Description = "T: ranks per stage.", DefaultValueFactory = _ => 1 };
        var pipeline = new Option<int>("--pipeline-parallel") { Description = "P: stages.", DefaultValueFactory = _ => 1 };
        var weights = new Option<WeightType>("--weights") { Description = "Type of the matrices in memory.", DefaultValueFactory = _ => WeightType.BF16 };
        var kvCache = new Option<KvType>("--kv-cache") { Description = "Type of cached keys and values.", DefaultValueFactory = _ => KvType.BF16 };
        var kvCopies = new Option<bool>("--kv-copies") { Description = "Count the copies that ranks keep of their partners' keys and values (Deployment:KvCopies)." };
        var context = new Option<int?>("--context") { Description = "Context length of the memory sums, in tokens; default: the model's limit." };
        var command = new Command("plan", "Prints how a model is cut: layers, heads, groups, bytes per shard, KV bytes.") { model, tensor, pipeline, weights, kvCache, kvCopies, context };
        command.SetAction(arguments => Tool.Run(output =>
        {
            var config = ModelConfig.Load(arguments.GetRequiredValue(model));
            var plan = ShardPlan.Create(config, arguments.GetValue(tensor), arguments.GetValue(pipeline));
            var positions = arguments.GetValue(context) ?? config.MaxPositions;
            if (positions < 1 || positions > config.MaxPositions)
                throw new ArgumentException($"--context is {positions}; it must be from 1 to {config.MaxPositions}, the model's limit.");
            PlanReport.Write(output, MemoryPlan.Create(plan, arguments.GetValue(weights), arguments.GetValue(kvCache), arguments.GetValue(kvCopies)), positions);
        }));
        return command;
    }
}

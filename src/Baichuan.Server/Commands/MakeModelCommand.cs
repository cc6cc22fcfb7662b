using System.CommandLine;
using Baichuan.Model.Checkpoint;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server make-model</c>: a random checkpoint of any configuration, for load tests.</summary>
internal static class MakeModelCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "The config.json to follow.", Required = true };
        var seed = new Option<ulong>("--seed") { Description = "The same seed gives the same bytes.", DefaultValueFactory = _ => 1 };
        var type = new Option<StoredType>("--dtype") { Description = "Stored type: bf16 or f32.", DefaultValueFactory = _ => StoredType.BF16 };
        var output = new Option<string>("--output") { Description = "An empty or new folder.", Required = true };
        var command = new Command("make-model", "Writes a random checkpoint of a configuration. It has no tokenizer: serve it with token ids.") { config, seed, type, output };
        command.SetAction(arguments => Tool.Run(_ => RandomCheckpoint.Write(
            arguments.GetRequiredValue(config),
            arguments.GetValue(seed),
            arguments.GetValue(type),
            arguments.GetRequiredValue(output),
            CancellationToken.None)));
        return command;
    }
}

using System.CommandLine;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Text;

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
        var tokenizer = new Option<string>("--tokenizer")
        {
            Description = "Model folder whose tokenizer goes with it, so that it can be served; default: the demo model's.",
            DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "Models", "demo"),
        };
        var command = new Command("make-model", "Writes a random checkpoint of a configuration.") { config, seed, type, output, tokenizer };
        command.SetAction(arguments => Tool.Run(notes =>
        {
            var folder = arguments.GetRequiredValue(output);
            RandomCheckpoint.Write(arguments.GetRequiredValue(config), arguments.GetValue(seed), arguments.GetValue(type), folder, CancellationToken.None);
            CopyTokenizer(arguments.GetRequiredValue(tokenizer), folder, notes);
        }));
        return command;
    }

    private static void CopyTokenizer(string source, string folder, TextWriter notes)
    {
        var needed = TextTokenizer.Load(source).VocabularySize;
        var there = ModelConfig.Load(folder).VocabularySize;
        if (needed > there)
        {
            notes.WriteLine($"No tokenizer was copied: that of {source} has {needed} tokens, this configuration has {there}. It can be scored, not served.");
            return;
        }

        foreach (var file in (string[])["tokenizer.json", "tokenizer_config.json", "generation_config.json"])
        {
            if (File.Exists(Path.Combine(source, file)))
                File.Copy(Path.Combine(source, file), Path.Combine(folder, file));
        }
    }
}

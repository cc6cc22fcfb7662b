using System.CommandLine;
using Baichuan.Model.Checkpoint;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server manifest</c>: the checksums of a model folder, for the copies that are made of it.</summary>
internal static class ManifestCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Folder of the checkpoint.", Required = true };
        var command = new Command(
            "manifest", $"Writes {CheckpointManifest.FileName} into a model folder: sha256sum -c {CheckpointManifest.FileName} checks a copy, and so do silos and gateways that start with it.") { model };
        command.SetAction((arguments, cancellation) => Task.FromResult(Tool.Run(output =>
        {
            var folder = arguments.GetRequiredValue(model);
            foreach (var name in CheckpointManifest.Write(folder, cancellation))
                output.WriteLine(name);
        })));
        return command;
    }
}

using System.CommandLine;
using Baichuan.Server.Hosting;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server silo</c>: one process with device slots.</summary>
internal static class SiloCommand
{
    private static readonly Setting[] Options = [.. Settings.Deployment, .. Settings.Slots, .. Settings.Silo, .. Settings.Cluster];

    public static Command Create()
    {
        var command = new Command("silo", "Runs a silo: a process whose slots hold shards of the model.");
        foreach (var setting in Options)
            command.Options.Add(setting.Option);
        command.SetAction(arguments => ServerHost.RunAsync(() => SiloHost.Create(Setting.Read(Options, arguments))));
        return command;
    }
}

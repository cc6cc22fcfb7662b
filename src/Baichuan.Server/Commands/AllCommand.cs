using System.CommandLine;
using Baichuan.Server.Hosting;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server all</c>, or alone: the embedded default, a gateway and silos on one machine.</summary>
internal static class AllCommand
{
    private static readonly Setting[] Options = [.. Settings.Deployment, .. Settings.Slots, .. Settings.Gateway];

    private static readonly Option<int> Silos = new("--silos")
    {
        Description = "Silo processes to start, supervise and restart; 0: one process does everything.",
        DefaultValueFactory = _ => 0,
        Validators = { result => { if (result.GetValueOrDefault<int>() is < 0 or > 64) result.AddError("--silos must be from 0 to 64."); } },
    };

    private static readonly Option<DirectoryInfo?> Data = new("--data") { Description = "Folder of the cluster's state file; default: a folder of the user's application data." };

    public static void AddTo(Command command)
    {
        foreach (var setting in Options)
            command.Options.Add(setting.Option);
        command.Options.Add(Silos);
        command.Options.Add(Data);
        command.SetAction(arguments => ServerHost.RunAsync(() => EmbeddedHost.Create(
            Setting.Read(Options, arguments),
            arguments.GetValue(Silos),
            arguments.GetValue(Data)?.FullName)));
    }
}

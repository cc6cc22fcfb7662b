using System.CommandLine;
using Baichuan.Server.Hosting;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server gateway</c>: a process that clients talk to.</summary>
internal static class GatewayCommand
{
    private static readonly Setting[] Options = [.. Settings.Deployment, .. Settings.Gateway, .. Settings.Cluster];

    public static Command Create()
    {
        var command = new Command("gateway", "Runs a gateway: takes requests over gRPC and hands them to the cluster's replicas.");
        foreach (var setting in Options)
            command.Options.Add(setting.Option);
        command.SetAction(arguments => ServerHost.RunAsync(() => GatewayHost.Create(Setting.Read(Options, arguments))));
        return command;
    }
}

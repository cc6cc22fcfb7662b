using System.CommandLine;
using Baichuan.Cli.Topology;
using Google.Protobuf;

namespace Baichuan.Cli.Commands;

/// <summary><c>baichuan status</c>: silos, replicas and shards behind a gateway.</summary>
internal static class StatusCommand
{
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithIndentation());

    public static Command Create(CommandContext context)
    {
        var address = AddressOption.Create(context.EnvironmentAddress);
        var apiKey = ApiKeyOption.Create(context.EnvironmentKey);
        var json = new Option<bool>("--json") { Description = "Prints baichuan.v1.GetTopologyResponse as JSON." };
        var command = new Command("status", "Shows the cluster: silos, slots, replicas, shards, queues and KV blocks.") { address, apiKey, json };
        command.SetAction((parsed, cancellationToken) => GatewayCall.RunAsync(parsed.GetRequiredValue(address), parsed.GetValue(apiKey), async client =>
        {
            var topology = await client.GetTopologyAsync(cancellationToken: cancellationToken);
            if (parsed.GetValue(json))
                context.Terminal.Output.WriteLine(Json.Format(topology));
            else
                TopologyView.Write(topology, context.Terminal.Display);
            return ExitCode.Done;
        }));
        return command;
    }
}

using System.CommandLine;
using Baichuan.Server.Commands;

var root = new RootCommand("Serves a Baichuan-M1 model from several processes or machines. Without a verb: everything on this machine, with the demo model.");
AllCommand.AddTo(root);
var all = new Command("all", "The same as without a verb.");
AllCommand.AddTo(all);
root.Subcommands.Add(all);
root.Subcommands.Add(SiloCommand.Create());
root.Subcommands.Add(GatewayCommand.Create());
root.Subcommands.Add(PostgresSchemaCommand.Create());
root.Subcommands.Add(PlanCommand.Create());
root.Subcommands.Add(ScoreCommand.Create());
root.Subcommands.Add(PerplexityCommand.Create());
root.Subcommands.Add(MakeModelCommand.Create());
root.Subcommands.Add(ManifestCommand.Create());
root.Subcommands.Add(BenchMemoryCommand.Create());
root.Subcommands.Add(BenchKernelsCommand.Create());
root.Subcommands.Add(BenchModelCommand.Create());

// The hosts handle signals themselves, and take their time to stop.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

using System.CommandLine;
using Baichuan.Benchmarks.ClusterOverhead;
using Baichuan.Benchmarks.FollowUp;
using Baichuan.Benchmarks.Hostile;
using Baichuan.Benchmarks.LongPrompt;
using Baichuan.Benchmarks.Overload;
using Baichuan.Benchmarks.PlanCost;
using Baichuan.Benchmarks.Routing;

var root = new RootCommand("Measures what tests cannot hold still. On a machine that does nothing else.");
root.Subcommands.Add(ClusterOverheadCommand.Create());
root.Subcommands.Add(LongPromptCommand.Create());
root.Subcommands.Add(OverloadCommand.Create());
root.Subcommands.Add(FollowUpCommand.Create());
root.Subcommands.Add(RoutingCommand.Create());
root.Subcommands.Add(HostileCommand.Create());
root.Subcommands.Add(PlanCostCommand.Create());
return await root.Parse(args).InvokeAsync();

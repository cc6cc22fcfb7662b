using System.CommandLine;
using Baichuan.Benchmarks.ClusterOverhead;
using Baichuan.Benchmarks.PlanCost;

var root = new RootCommand("Measures what tests cannot hold still. On a machine that does nothing else.");
root.Subcommands.Add(ClusterOverheadCommand.Create());
root.Subcommands.Add(PlanCostCommand.Create());
return await root.Parse(args).InvokeAsync();

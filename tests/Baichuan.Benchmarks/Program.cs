using System.CommandLine;
using Baichuan.Benchmarks.ClusterOverhead;

var root = new RootCommand("Measures what tests cannot hold still. On a machine that does nothing else.");
root.Subcommands.Add(ClusterOverheadCommand.Create());
return await root.Parse(args).InvokeAsync();

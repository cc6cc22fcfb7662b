using System.CommandLine;
using Baichuan.Chaos;
using Baichuan.Chaos.Faults;

var fault = new Option<string>("--fault") { Description = $"What goes wrong: {string.Join(", ", FaultKinds.Names.Keys)}; or several of them in turn, with commas between them.", Required = true };
fault.Validators.Add(result =>
{
    foreach (var unknown in result.GetRequiredValue(fault).Split(',').Where(name => !FaultKinds.Names.ContainsKey(name)))
        result.AddError($"--fault {unknown} is none of {string.Join(", ", FaultKinds.Names.Keys)}.");
});
var point = new Option<string?>("--fault-point")
{
    Description = "Where the code of a killed process is: all, or " + string.Join("; ", FaultPoints.Of.Select(of => $"for {FaultKinds.Names.First(name => name.Value == of.Key).Key} {string.Join(", ", of.Value)}")) + ". Default: anywhere.",
};
point.AcceptOnlyFromAmong(["all", .. FaultPoints.Of.Values.SelectMany(points => points)]);
var count = new Option<int>("--count") { Description = "Faults.", DefaultValueFactory = _ => 10 };
var streams = new Option<int>("--streams") { Description = "Streams that are open at once.", DefaultValueFactory = _ => 50 };
var seed = new Option<int>("--seed") { Description = "Of requests, victims and times.", DefaultValueFactory = _ => 1 };
var json = new Option<string?>("--json") { Description = "File for the figures." };
var history = new Option<string?>("--history") { Description = "File for the history of every stream, a JSON object on a line." };
var control = new Option<int>("--control") { Description = "Silos without slots, which then hold the coordinator and the gateways' connections, as in the chart. Not for scale and upgrade.", DefaultValueFactory = _ => 2 };
var spares = new Option<int>("--spares") { Description = "Silos beyond the four that hold the shards.", DefaultValueFactory = _ => 1 };
var replicas = new Option<int>("--replicas") { Description = "Replicas that are upgraded, of two silos each.", DefaultValueFactory = _ => 2 };
var restartAfter = new Option<double>("--restart-after") { Description = "Seconds after which a killed process is started again; by default as soon as every stream goes on.", DefaultValueFactory = _ => 0 };
var hold = new Option<double?>("--hold") { Description = "Seconds that a process is stopped, a link cut or the store down; by default 30, 60 for store-down." };
var logs = new Option<string?>("--logs") { Description = "Folder for what the processes log." };
var root = new RootCommand("Runs the demo model at T = 2 x P = 2 in separate processes, makes them fail under load, and compares every stream with a run without faults.")
{
    fault, point, count, streams, seed, json, history, logs, spares, control, replicas, restartAfter, hold,
};
root.SetAction((arguments, cancellation) => ChaosRun.RunAsync(
    new ChaosOptions(
        [.. arguments.GetRequiredValue(fault).Split(',').Select(name => FaultKinds.Names[name])],
        arguments.GetValue(point) is not null,
        arguments.GetValue(point) is "all" ? null : arguments.GetValue(point),
        arguments.GetValue(count),
        arguments.GetValue(streams),
        arguments.GetValue(seed),
        arguments.GetValue(spares),
        arguments.GetValue(control),
        arguments.GetValue(replicas),
        TimeSpan.FromSeconds(arguments.GetValue(restartAfter)),
        arguments.GetValue(hold) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        arguments.GetValue(json),
        arguments.GetValue(history),
        arguments.GetValue(logs)),
    Console.Out,
    cancellation));
return await root.Parse(args).InvokeAsync();

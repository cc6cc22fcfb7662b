using Baichuan.Cli;
using Baichuan.Cli.Commands;

using var interrupts = Interrupts.OfThisProcess();
var context = new CommandContext(
    Terminal.OfThisProcess(),
    interrupts,
    TimeProvider.System,
    Environment.GetEnvironmentVariable(AddressOption.EnvironmentVariable),
    Environment.GetEnvironmentVariable(ApiKeyOption.EnvironmentVariable));
return await BaichuanCommand.RunAsync(args, context);

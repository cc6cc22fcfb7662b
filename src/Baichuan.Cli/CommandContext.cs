namespace Baichuan.Cli;

/// <summary>What a command has around it; tests bring their own.</summary>
/// <param name="EnvironmentAddress">The gateway's address as the environment names it; null where it does not.</param>
/// <param name="EnvironmentKey">The API key, likewise.</param>
internal sealed record CommandContext(Terminal Terminal, Interrupts Interrupts, TimeProvider Clock, string? EnvironmentAddress, string? EnvironmentKey = null);

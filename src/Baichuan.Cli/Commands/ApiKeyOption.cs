using System.CommandLine;

namespace Baichuan.Cli.Commands;

/// <summary>The key by which a gateway knows its tenants: <c>--api-key</c>, else the environment, which other users of the machine do not see.</summary>
internal static class ApiKeyOption
{
    public const string EnvironmentVariable = "BAICHUAN_API_KEY";

    public static Option<string?> Create(string? environmentKey) => new("--api-key")
    {
        Description = $"The key that the gateway asks for, if it does. Better {EnvironmentVariable} in the environment: a command line shows in lists of processes.",
        HelpName = "KEY",
        DefaultValueFactory = _ => environmentKey,
        // A header cannot hold anything else, and the library would say so in other words.
        Validators =
        {
            result =>
            {
                if (result.GetValueOrDefault<string?>() is { } key && (key.Length is 0 or > 256 || key.AsSpan().ContainsAnyExceptInRange('!', '~')))
                    result.AddError($"--api-key, or {EnvironmentVariable}, must be 1 to 256 visible ASCII characters.");
            },
        },
    };
}

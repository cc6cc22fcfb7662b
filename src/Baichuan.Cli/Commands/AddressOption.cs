using System.CommandLine;
using System.CommandLine.Parsing;

namespace Baichuan.Cli.Commands;

/// <summary>Where the gateway is: <c>--address</c>, else the environment, else the port that baichuan-server has by default.</summary>
internal static class AddressOption
{
    public const string EnvironmentVariable = "BAICHUAN_ADDRESS";
    private const string Default = "http://127.0.0.1:5080";

    public static Option<Uri> Create(string? environmentAddress) => new("--address")
    {
        Description = $"The gateway's gRPC address; {EnvironmentVariable} in the environment names another default.",
        HelpName = "URI",
        CustomParser = result => Parse(result.Tokens.Single().Value, "--address", result),
        DefaultValueFactory = result => Parse(environmentAddress ?? Default, EnvironmentVariable, result),
    };

    private static Uri Parse(string text, string source, ArgumentResult result)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            return address;
        result.AddError($"{source}: '{text}' is not an address such as {Default} or https://gateway:5080.");
        return new Uri(Default);
    }
}

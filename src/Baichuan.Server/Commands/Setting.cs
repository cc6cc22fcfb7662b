using System.CommandLine;

namespace Baichuan.Server.Commands;

/// <summary>An option of the command line that is a value of the configuration: what is given on the command line wins over environment and files.</summary>
/// <param name="Option">The option.</param>
/// <param name="Key">The configuration key, whose options class documents limits and default.</param>
internal sealed record Setting(Option<string> Option, string Key)
{
    public static Setting Of(string name, string key, string description) => new(new Option<string>(name) { Description = $"{description} [{key}]" }, key);

    /// <summary>The configuration values that a command line sets.</summary>
    public static Dictionary<string, string?> Read(IEnumerable<Setting> settings, ParseResult arguments) => settings
        .Where(setting => arguments.GetValue(setting.Option) is not null)
        .ToDictionary(setting => setting.Key, setting => arguments.GetValue(setting.Option));
}

using System.CommandLine;

namespace Baichuan.Cli.Commands;

/// <summary>A question or prompt, which may come from standard input instead: there it does not show in the list of processes.</summary>
internal static class TextArgument
{
    public static Argument<string?> Create(string name, string description) => new(name)
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrOne,
        Validators =
        {
            // The parser takes an option that it does not know for the text.
            result =>
            {
                if (result.Tokens is [{ Value: var text }] && text.StartsWith("--", StringComparison.Ordinal))
                    result.AddError($"There is no option {text}. A {name} that begins so has to be piped in.");
            },
        },
    };
}

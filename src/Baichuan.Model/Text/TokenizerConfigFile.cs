using System.Text.Json;

namespace Baichuan.Model.Text;

/// <summary>What tokenizer_config.json adds to tokenizer.json. Its other fields concern Python classes, or repeat what tokenizer.json says.</summary>
/// <param name="EndOfText">The text of the token that ends an answer.</param>
/// <param name="DefaultSystem">The system message of a conversation that brings none; null where there is none.</param>
internal sealed record TokenizerConfigFile(string Path, string EndOfText, string? DefaultSystem)
{
    private const long MostBytes = 16 << 20;

    /// <exception cref="ModelFormatException">The file is missing or damaged, names no end-of-text token, or wants tokens added to every text.</exception>
    public static TokenizerConfigFile Load(string modelFolder)
    {
        var path = System.IO.Path.Combine(modelFolder, "tokenizer_config.json");
        return JsonModelFile.Read(path, MostBytes, file =>
        {
            file.RequireFalse("add_bos_token");
            file.RequireFalse("add_eos_token");
            return new TokenizerConfigFile(path, TokenText(file, "eos_token"), file.OptionalText("default_system") is { Length: > 0 } text ? text : null);
        });
    }

    /// <summary>A token is written as its text, or by older versions of the format as an object with the text in "content".</summary>
    private static string TokenText(ConfigFields file, string name) =>
        file.Is(name, JsonValueKind.Object) ? file.Object(name).Text("content") : file.Text(name);
}

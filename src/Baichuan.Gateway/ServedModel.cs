using System.Buffers;
using Baichuan.Gateway.Requests;
using Baichuan.Model;
using Baichuan.Model.Text;

namespace Baichuan.Gateway;

/// <summary>The model of this gateway, as far as text needs it: configuration, tokenizer, chat format and defaults. Immutable and thread-safe.</summary>
internal sealed class ServedModel
{
    private static readonly SearchValues<char> _printable = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-");

    private ServedModel(string name, string folder)
    {
        Name = name;
        Config = ModelConfig.Load(folder);
        Tokenizer = TextTokenizer.Load(folder);
        ChatFormat = ChatFormat.Load(folder, Tokenizer);
        Defaults = GenerationDefaults.Load(folder, Config.VocabularySize);
        EndTokens = Defaults.EosTokenIds.Count > 0 ? Defaults.EosTokenIds : [Tokenizer.EndOfTextId];
    }

    public string Name { get; }

    public ModelConfig Config { get; }

    public TextTokenizer Tokenizer { get; }

    public ChatFormat ChatFormat { get; }

    public GenerationDefaults Defaults { get; }

    /// <summary>Tokens that end a completion unless the request ignores them.</summary>
    public IReadOnlyList<int> EndTokens { get; }

    /// <exception cref="ModelFormatException">A file of the folder is missing or damaged.</exception>
    public static ServedModel Load(GatewayOptions options) => new(options.Model, options.ModelFolder);

    public bool IsNamed(string name) => name.Length == 0 || name == Name;

    /// <exception cref="RefusedException">It is another model's name.</exception>
    public void Require(string name)
    {
        if (!IsNamed(name))
            throw RefusedException.Invalid($"{Unknown(name)}");
    }

    /// <summary>Says that a model is not served here. A name that could not be one is not repeated.</summary>
    public string Unknown(string name)
    {
        var shown = name.Length <= 128 && !name.AsSpan().ContainsAnyExcept(_printable) ? $"is \"{name}\"" : $"has {name.Length} characters";
        return $"model {shown}, which is not served here; use \"{Name}\", or leave it out.";
    }
}

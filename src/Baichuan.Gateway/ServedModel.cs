using System.Buffers;
using Baichuan.Gateway.Requests;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
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
        Tokenizer = LoadTokenizer(folder, Config.VocabularySize);
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

    /// <exception cref="ModelFormatException">A file of the folder is missing or damaged, or does not fit the others, or is not what the folder's manifest states.</exception>
    public static ServedModel Load(GatewayOptions options)
    {
        CheckpointManifest.Check(options.ModelFolder, ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"], CancellationToken.None);
        return new ServedModel(options.Model, options.ModelFolder);
    }

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

    /// <summary>The model may have more ids than the tokenizer (padding), but not fewer: it has no embeddings for ids beyond its own.</summary>
    private static TextTokenizer LoadTokenizer(string folder, int vocabularySize)
    {
        var tokenizer = TextTokenizer.Load(folder);
        return tokenizer.VocabularySize <= vocabularySize ? tokenizer : throw new ModelFormatException(
            Path.Combine(folder, "tokenizer.json"),
            $"the highest token id is {tokenizer.VocabularySize - 1}; with \"vocab_size\" {vocabularySize} in config.json it must be at most {vocabularySize - 1}");
    }
}

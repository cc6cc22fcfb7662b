using System.Text.Json;

namespace Baichuan.Model;

/// <summary>
/// The geometry and constants of a Baichuan-M1 checkpoint, as its config.json states them. Nothing of a particular size is assumed.
/// Immutable; a value that exists has been checked.
/// </summary>
public sealed class ModelConfig
{
    private const int MaxFileBytes = 1 << 20;

    private readonly LayerKind[] _kinds;

    private ModelConfig(LayerKind[] kinds) => _kinds = kinds;

    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    /// <summary>Columns of gate and up, inputs of down.</summary>
    public required int IntermediateSize { get; init; }

    public int LayerCount => _kinds.Length;

    public required AttentionGeometry Global { get; init; }

    public required AttentionGeometry Sliding { get; init; }

    /// <summary>Positions that a sliding layer sees, the current one included.</summary>
    public required int SlidingWindow { get; init; }

    public required double RopeTheta { get; init; }

    public required double RmsNormEpsilon { get; init; }

    /// <summary>The longest sequence, prompt and completion together, in tokens.</summary>
    public required int MaxPositions { get; init; }

    public required int? BosTokenId { get; init; }

    public required int EosTokenId { get; init; }

    public LayerKind KindOf(int layer) => _kinds[layer];

    public AttentionGeometry Attention(LayerKind kind) => kind == LayerKind.Global ? Global : Sliding;

    public AttentionGeometry Attention(int layer) => Attention(_kinds[layer]);

    /// <summary>Layers of one kind in a range.</summary>
    public int CountLayers(IndexRange layers, LayerKind kind) => _kinds.AsSpan(layers.Start, layers.Count).Count(kind);

    /// <summary>Positions of a sequence whose keys and values a kind of layers still needs: all of them, or the last window.</summary>
    public int PositionsKept(LayerKind kind, int positions) => kind == LayerKind.Global ? positions : Math.Min(positions, SlidingWindow);

    /// <summary>Reads config.json of a Hugging Face model folder.</summary>
    /// <exception cref="ModelFormatException">The file is missing, is not JSON, or states something that this system does not run.</exception>
    public static ModelConfig Load(string modelFolder) => LoadFile(Path.Combine(modelFolder, "config.json"));

    /// <summary>Reads a config.json under any name.</summary>
    /// <exception cref="ModelFormatException">As for <see cref="Load"/>.</exception>
    public static ModelConfig LoadFile(string file)
    {
        try
        {
            var length = new FileInfo(file).Length;
            return length <= MaxFileBytes
                ? Parse(File.ReadAllBytes(file), file)
                : throw new ModelFormatException(file, $"has {length} bytes; a config.json of at most {MaxFileBytes} is read");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(file, $"cannot be read ({e.Message}); a Hugging Face model folder holds config.json, *.safetensors and tokenizer.json", e);
        }
    }

    /// <summary>Parses the text of a config.json; <paramref name="file"/> is its name in errors.</summary>
    /// <exception cref="ModelFormatException">As for <see cref="Load"/>.</exception>
    public static ModelConfig Parse(ReadOnlySpan<byte> json, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            return Read(new ConfigFields(document.RootElement, file));
        }
        catch (JsonException e)
        {
            throw new ModelFormatException(file, $"is not valid JSON, or states a field twice ({JsonPosition.Of(e)})", e);
        }
        catch (InvalidOperationException e)
        {
            // What reading a text with half a surrogate pair ends in.
            throw new ModelFormatException(file, "has a string that is not valid Unicode", e);
        }
    }

    private static ModelConfig Read(ConfigFields fields)
    {
        fields.RequireText("model_type", "baichuan_m1");
        fields.RequireText("hidden_act", "silu");
        fields.RequireNumber("conv_window", 2);
        fields.RequireFalse("tie_word_embeddings");
        var hidden = fields.Integer("hidden_size", 2, 1 << 17);
        var layers = fields.Integer("num_hidden_layers", 1, 4096);
        var vocabulary = fields.Integer("vocab_size", 2, 1 << 24);
        return new ModelConfig(fields.Kinds("sliding_window_layers", layers))
        {
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            IntermediateSize = fields.Integer("intermediate_size", 1, 1 << 20),
            Global = fields.Geometry("num_attention_heads", "num_key_value_heads", hidden),
            Sliding = fields.Geometry("num_swa_attention_heads", "num_swa_key_value_heads", hidden),
            SlidingWindow = fields.Integer("sliding_window", 1, 1 << 24),
            RopeTheta = fields.Real("rope_theta", 1, 1e12),
            RmsNormEpsilon = fields.Real("rms_norm_eps", 1e-12, 1),
            MaxPositions = fields.Integer("max_position_embeddings", 1, 1 << 24),
            BosTokenId = fields.OptionalInteger("bos_token_id", 0, vocabulary - 1),
            EosTokenId = fields.Integer("eos_token_id", 0, vocabulary - 1),
        };
    }
}

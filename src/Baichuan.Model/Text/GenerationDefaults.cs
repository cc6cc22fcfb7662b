using System.Text.Json;

namespace Baichuan.Model.Text;

/// <summary>
/// What a request that leaves a sampling setting open gets: generation_config.json of the model folder. A setting that the file leaves open too is neutral
/// (it changes nothing), which is also what a folder without the file gets: plain sampling from the model's distribution. Immutable.
/// </summary>
public sealed record GenerationDefaults
{
    private const long MostBytes = 1 << 20;

    /// <summary>0 to 2; 0 is greedy, which is also what "do_sample": false says. Neutral: 1.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Above 0, up to 1. Neutral: 1.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Number of likeliest tokens that stay. Neutral: 0, off ("top_k": -1 is read as off).</summary>
    public int TopK { get; init; }

    /// <summary>0 to 1. Neutral: 0.</summary>
    public float MinP { get; init; }

    /// <summary>Above 0, up to 10. Neutral: 1.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Most tokens of an answer; null: as many as the context leaves room for.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>No token that ends an answer comes before this many; the most tokens of an answer bound it. Neutral: 0.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>Tokens that end an answer; where empty, only <see cref="TextTokenizer.EndOfTextId"/> does.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    public int? BosTokenId { get; init; }

    public int? PadTokenId { get; init; }

    /// <summary>Reads generation_config.json; the fields that it has beyond those here steer other kinds of decoding and are not looked at.</summary>
    /// <param name="vocabularySize">Token ids lie below it.</param>
    /// <exception cref="ModelFormatException">The file is damaged, or a value is out of its range.</exception>
    public static GenerationDefaults Load(string modelFolder, int vocabularySize)
    {
        var file = Path.Combine(modelFolder, "generation_config.json");
        return File.Exists(file) ? JsonModelFile.Read(file, MostBytes, fields => Read(fields, vocabularySize)) : new GenerationDefaults();
    }

    private static GenerationDefaults Read(ConfigFields fields, int vocabularySize)
    {
        var temperature = fields.OptionalReal("temperature", 0, 2) ?? 1;
        return new GenerationDefaults
        {
            Temperature = fields.Flag("do_sample", unset: true) ? (float)temperature : 0,
            TopP = AboveZero(fields, "top_p", 1),
            TopK = Math.Max(0, fields.OptionalInteger("top_k", -1, int.MaxValue) ?? 0),
            MinP = (float)(fields.OptionalReal("min_p", 0, 1) ?? 0),
            RepetitionPenalty = AboveZero(fields, "repetition_penalty", 10),
            MaxNewTokens = fields.OptionalInteger("max_new_tokens", 1, int.MaxValue),
            MinNewTokens = fields.OptionalInteger("min_new_tokens", 0, int.MaxValue) ?? 0,
            EosTokenIds = EosTokens(fields, vocabularySize - 1),
            BosTokenId = fields.OptionalInteger("bos_token_id", 0, vocabularySize - 1),
            PadTokenId = fields.OptionalInteger("pad_token_id", 0, vocabularySize - 1),
        };
    }

    private static float AboveZero(ConfigFields fields, string name, double most) =>
        (float)(fields.OptionalReal(name, 0, most) ?? 1) is > 0 and var value ? value : throw fields.Refuse(name, $"a number above 0, up to {most}");

    /// <summary>One id, or a list of them.</summary>
    private static int[] EosTokens(ConfigFields fields, int highestId)
    {
        const string Name = "eos_token_id";
        if (!fields.Is(Name, JsonValueKind.Array))
            return fields.OptionalInteger(Name, 0, highestId) is { } id ? [id] : [];
        var ids = new List<int>();
        foreach (var item in fields.List(Name))
        {
            if (!ConfigFields.TryInteger(item, 0, highestId, out var listed))
                throw fields.Refuse(Name, item, $"whole numbers from 0 to {highestId}");
            ids.Add(listed);
        }

        return [.. ids.Distinct()];
    }
}

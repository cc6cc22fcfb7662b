using System.Text.Json;

namespace Baichuan.Model.Text.Bpe;

/// <summary>Reads the "vocab" and "merges" of a BPE model and checks them against each other and against the added tokens. Used once, while loading.</summary>
internal sealed class VocabularyReader
{
    /// <summary>Several times the largest published vocabulary, and small enough that a table over all ids costs little.</summary>
    public const int HighestId = (1 << 20) - 1;

    private readonly ConfigFields _model;
    private readonly Dictionary<string, int> _words = [];
    private readonly Dictionary<string, int> _added;
    private readonly Dictionary<int, string> _spellings;

    private VocabularyReader(ConfigFields model, IReadOnlyList<AddedToken> addedTokens)
    {
        _model = model;
        _added = addedTokens.ToDictionary(token => token.Text, token => token.Id);
        _spellings = addedTokens.ToDictionary(token => token.Id, token => token.Text);
    }

    /// <param name="addedTokens">No text and no id twice.</param>
    /// <exception cref="ModelFormatException">
    /// An id is given twice or is out of range, a byte has no token, a merge names a token that does not exist or makes an added one.
    /// </exception>
    public static TokenizerDefinition Read(ConfigFields model, IReadOnlyList<AddedToken> addedTokens, PreTokenization preTokenization)
    {
        var reader = new VocabularyReader(model, addedTokens);
        foreach (var entry in model.Entries("vocab"))
            reader.AddWord(entry);
        return new TokenizerDefinition
        {
            Words = reader._words,
            AddedTokens = addedTokens,
            Merges = reader.Merges(),
            ByteIds = reader.ByteIds(),
            PreTokenization = preTokenization,
            Spellings = reader.Spellings(),
        };
    }

    private void AddWord(JsonProperty entry)
    {
        var word = entry.Name;
        if (!ConfigFields.TryInteger(entry.Value, 0, HighestId, out var id))
            throw RefuseWord(entry, $"a whole number from 0 to {HighestId}");
        if (_added.TryGetValue(word, out var addedId))
        {
            if (id != addedId)
                throw RefuseWord(entry, $"{addedId}, as in added_tokens");
            return;
        }

        if (!_spellings.TryAdd(id, word))
            throw RefuseWord(entry, $"an id of its own: \"{_spellings[id]}\" has it");
        _words.Add(word, id);
    }

    private ModelFormatException RefuseWord(JsonProperty entry, string expected) => _model.Refuse($"vocab[\"{entry.Name}\"]", entry.Value, expected);

    private List<Merge> Merges()
    {
        var merges = new List<Merge>();
        var pairs = new HashSet<(int, int)>();
        foreach (var item in _model.List("merges"))
        {
            if (!TrySplit(item, out var left, out var right))
                throw RefuseMerge(merges.Count, item, "two tokens, as [\"a\", \"b\"] or \"a b\"");
            int Id(string token) => WhyNotMerged(token, out var id) is { } reason ? throw RefuseMerge(merges.Count, item, reason) : id;
            var merge = new Merge(Id(left), Id(right), Id(left + right));
            if (!pairs.Add((merge.Left, merge.Right)))
                throw RefuseMerge(merges.Count, item, "a pair that is not listed before");
            merges.Add(merge);
        }

        return merges;
    }

    private static bool TrySplit(JsonElement item, out string left, out string right)
    {
        string[] parts = item.ValueKind switch
        {
            JsonValueKind.String => item.GetString()!.Split(' '),
            JsonValueKind.Array => [.. item.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.String ? part.GetString()! : "")],
            _ => [],
        };
        (left, right) = parts is [var first, var second] ? (first, second) : ("", "");
        return left.Length > 0 && right.Length > 0;
    }

    /// <summary>Null where the token may take part in merges. A special token that merging could make would let a text forge it.</summary>
    private string? WhyNotMerged(string token, out int id)
    {
        if (_words.TryGetValue(token, out id))
            return ByteAlphabet.TryRead(token, out _) ? null : $"a merge of byte-level tokens, which \"{token}\" is not";
        return _added.ContainsKey(token)
            ? $"a merge that does not touch \"{token}\", which is in added_tokens"
            : $"a merge of tokens in vocab, which has no \"{token}\"";
    }

    private ModelFormatException RefuseMerge(int rank, JsonElement item, string expected) => _model.Refuse($"merges[{rank}]", item, expected);

    private int[] ByteIds()
    {
        var ids = new int[256];
        for (var value = 0; value < ids.Length; value++)
        {
            var token = ByteAlphabet.Spell((byte)value).ToString();
            if (!_words.TryGetValue(token, out ids[value]))
                throw _model.Refuse("vocab", $"one with \"{token}\" for the byte {value}, not in added_tokens; without it some texts have no tokens");
        }

        return ids;
    }

    private string?[] Spellings()
    {
        var spellings = new string?[_spellings.Keys.Max() + 1];
        foreach (var (id, text) in _spellings)
            spellings[id] = text;
        return spellings;
    }
}

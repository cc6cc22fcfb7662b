namespace Baichuan.Model.Text.Bpe;

/// <summary>
/// Reads tokenizer.json (the format of Hugging Face's tokenizers) as far as byte-level BPE needs it. What is not implemented is refused rather than
/// ignored: a token id that is slightly wrong is an answer that is quietly wrong.
/// </summary>
internal static class TokenizerFile
{
    /// <summary>The largest published files have about 35 MB.</summary>
    private const long MostBytes = 128 << 20;

    /// <exception cref="ModelFormatException">The file is missing, damaged, or asks for something else; the message says what and where.</exception>
    public static TokenizerDefinition Load(string file) => JsonModelFile.Read(file, MostBytes, Read);

    private static TokenizerDefinition Read(ConfigFields file)
    {
        file.RefuseAllBut("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        RequireAbsent(file, "normalizer");
        RequireAbsent(file, "truncation");
        RequireAbsent(file, "padding");
        // As a post-processor, ByteLevel only trims offsets, which nobody asks for here; every other one adds tokens.
        if (file.Has("post_processor"))
            file.Object("post_processor").RequireText("type", "ByteLevel");
        file.Object("decoder").RequireText("type", "ByteLevel");
        return VocabularyReader.Read(ReadModel(file), AddedTokens(file), PreTokenization.Read(file));
    }

    private static ConfigFields ReadModel(ConfigFields file)
    {
        var model = file.Object("model");
        model.RequireText("type", "BPE");
        model.RefuseAllBut(
            "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges");
        if (model.OptionalReal("dropout", 0, 1) is > 0)
            throw model.Refuse("dropout", "null or 0");
        foreach (var name in (string[])["unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.OptionalText(name) is { Length: > 0 })
                throw model.Refuse(name, "null or empty");
        }

        model.RequireFalse("byte_fallback");
        model.RequireFalse("ignore_merges");
        return model;
    }

    private static List<AddedToken> AddedTokens(ConfigFields file)
    {
        var tokens = new List<AddedToken>();
        var (texts, ids) = (new HashSet<string>(), new HashSet<int>());
        foreach (var token in file.Objects("added_tokens"))
        {
            // "normalized" is not looked at: there is no normalizer.
            token.RefuseAllBut("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            token.RequireFalse("single_word");
            token.RequireFalse("lstrip");
            token.RequireFalse("rstrip");
            var text = token.Text("content");
            if (text.Length == 0 || !texts.Add(text))
                throw token.Refuse("content", "a text that is not empty and not listed before");
            var id = token.Integer("id", 0, VocabularyReader.HighestId);
            if (!ids.Add(id))
                throw token.Refuse("id", "an id that is not listed before");
            tokens.Add(new AddedToken(text, id, token.Flag("special", unset: false)));
        }

        return tokens;
    }

    private static void RequireAbsent(ConfigFields file, string name)
    {
        if (file.Has(name))
            throw file.Refuse(name, "null: this system has none");
    }
}

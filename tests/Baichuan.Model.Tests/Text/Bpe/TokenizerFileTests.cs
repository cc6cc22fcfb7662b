using System.Text.Json.Nodes;

namespace Baichuan.Model.Tests.Text.Bpe;

public sealed class TokenizerFileTests
{
    public static TheoryData<string, string, string> Unsupported => new()
    {
        { "model.type", "\"Unigram\"", "\"model.type\" is \"Unigram\"; it must be \"BPE\"" },
        { "model.dropout", "0.1", "\"model.dropout\" is 0.1; it must be null or 0" },
        { "model.unk_token", "\"<unk>\"", "\"model.unk_token\" is \"<unk>\"; it must be null or empty" },
        { "model.continuing_subword_prefix", "\"##\"", "\"model.continuing_subword_prefix\" is \"##\"" },
        { "model.end_of_word_suffix", "\"</w>\"", "\"model.end_of_word_suffix\" is \"</w>\"" },
        { "model.byte_fallback", "true", "\"model.byte_fallback\" is true; it must be false" },
        { "model.ignore_merges", "true", "\"model.ignore_merges\" is true; it must be false" },
        { "model.vocab", "[]", "\"model.vocab\" is []; it must be an object" },
        { "model.merges", "{}", "\"model.merges\" is {}; it must be a list" },
        { "model.cleverness", "9", "\"model.cleverness\" is 9; it must be absent" },
        { "model", "[]", "\"model\" must be a JSON object, but is Array" },
        { "normalizer", """{"type":"NFC"}""", "\"normalizer\" is {\"type\":\"NFC\"}; it must be null" },
        { "truncation", """{"max_length":9}""", "\"truncation\" is {\"max_length\":9}; it must be null" },
        { "padding", """{"pad_id":0}""", "\"padding\" is {\"pad_id\":0}; it must be null" },
        { "post_processor", """{"type":"TemplateProcessing"}""", "\"post_processor.type\" is \"TemplateProcessing\"; it must be \"ByteLevel\"" },
        { "decoder", "null", "\"decoder\" must be a JSON object, but is Null" },
        { "decoder.type", "\"WordPiece\"", "\"decoder.type\" is \"WordPiece\"" },
        { "pre_tokenizer", "null", "\"pre_tokenizer\" must be a JSON object, but is Null" },
        { "pre_tokenizer.type", "\"Metaspace\"", "\"pre_tokenizer.type\" is \"Metaspace\"; it must be \"ByteLevel\", or \"Sequence\" of Split and ByteLevel" },
        { "pre_tokenizer.use_regex", "1", "\"pre_tokenizer.use_regex\" is 1; it must be true or false" },
        { "pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Digits"}]}""", "is [{\"type\":\"Digits\"}]; it must be a Split and then" },
        { "pre_tokenizer", Split("""{"Regex":"\\p{Han}+"}""", "Isolated", "false"), ".pretokenizers[0].pattern.Regex\" is \"\\\\p{Han}+\"; it must be one of" },
        { "pre_tokenizer", Split("""{"String":" "}""", "Isolated", "false"), "has no field \"pre_tokenizer.pretokenizers[0].pattern.Regex\"" },
        { "pre_tokenizer", Split("""{"Regex":"a"}""", "Removed", "false"), ".pretokenizers[0].behavior\" is \"Removed\"; it must be \"Isolated\"" },
        { "pre_tokenizer", Split(SplitPattern, "Isolated", "true"), "\"pre_tokenizer.pretokenizers[1].use_regex\" is true; it must be false after a Split" },
        { "added_tokens", """[{"id":0,"content":"<a>","lstrip":true}]""", "\"added_tokens[0].lstrip\" is true; it must be false" },
        { "added_tokens", """[{"id":0,"content":"<a>","single_word":true}]""", "\"added_tokens[0].single_word\" is true" },
        { "added_tokens", """[{"id":0,"content":""}]""", "\"added_tokens[0].content\" is \"\"; it must be a text that is not empty" },
        { "added_tokens", """[{"id":0,"content":"<a>"},{"id":0,"content":"<b>"}]""", "\"added_tokens[1].id\" is 0; it must be an id that is not listed" },
        { "added_tokens", """[{"id":0,"content":"<a>"},{"id":1,"content":"<a>"}]""", "\"added_tokens[1].content\" is \"<a>\"" },
        { "added_tokens", """[{"id":-1,"content":"<a>"}]""", "\"added_tokens[0].id\" is -1; it must be a whole number from 0 to 1048575" },
        { "added_tokens", "7", "\"added_tokens\" is 7; it must be a list" },
        { "fonts", "1", "\"fonts\" is 1; it must be absent" },
    };

    private const string SplitPattern = """{"Regex":"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"}""";

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void What_is_not_implemented_is_refused_by_name(string field, string value, string sentence)
    {
        using var folder = new TokenizerFolder();
        var names = field.Split('.');
        var parent = names[..^1].Aggregate((JsonNode)folder.Tokenizer, (node, name) => node[name]!);
        parent[names[^1]] = JsonNode.Parse(value);
        AssertRefused(folder, sentence);
    }

    [Theory]
    [InlineData("Ġthe", 16)]
    [InlineData("new", -1)]
    [InlineData("new", 1 << 20)]
    [InlineData("new", 1.5)]
    public void A_word_with_an_id_that_is_taken_or_out_of_range_is_refused(string word, double id)
    {
        using var folder = new TokenizerFolder();
        folder.Vocabulary[word] = id;
        AssertRefused(folder, id == 16 ? "is 16; it must be an id of its own: \"Ċ\" has it" : "it must be a whole number from 0 to 1048575");
    }

    [Fact]
    public void A_word_with_another_id_than_the_added_token_of_its_name_is_refused()
    {
        using var folder = new TokenizerFolder();
        folder.Vocabulary["<C_Q>"] = 9000;
        AssertRefused(folder, "is 9000; it must be 4, as in added_tokens");
    }

    [Fact]
    public void A_word_on_an_added_tokens_id_is_refused()
    {
        using var folder = new TokenizerFolder();
        folder.Vocabulary.Remove("<C_Q>");
        folder.Vocabulary["forged"] = 4;
        AssertRefused(folder, "\"model.vocab[\"forged\"]\" is 4; it must be an id of its own: \"<C_Q>\" has it");
    }

    [Fact]
    public void A_byte_without_a_token_is_refused()
    {
        using var folder = new TokenizerFolder();
        folder.Merges.Clear();
        folder.Vocabulary.Remove("Ġ");
        AssertRefused(folder, "one with \"Ġ\" for the byte 32");
    }

    [Theory]
    [InlineData("\"a b c\"", "it must be two tokens")]
    [InlineData("\"a\"", "it must be two tokens")]
    [InlineData("[\"a\"]", "it must be two tokens")]
    [InlineData("[\"a\", 1]", "it must be two tokens")]
    [InlineData("null", "it must be two tokens")]
    [InlineData("\"a nonsense\"", "which has no \"nonsense\"")]
    [InlineData("\"q q\"", "which has no \"qq\"")]
    [InlineData("\"<C_Q> a\"", "a merge that does not touch \"<C_Q>\"")]
    [InlineData("\"<C_ Q>\"", "which has no \"<C_\"")]
    [InlineData("\"Ġ t\"", "a pair that is not listed before")]
    public void A_merge_that_cannot_be_made_is_refused(string merge, string sentence)
    {
        using var folder = new TokenizerFolder();
        folder.Merges.Add(JsonNode.Parse(merge));
        AssertRefused(folder, sentence, "\"model.merges[3834]\" is ");
    }

    [Fact]
    public void A_merge_that_would_make_a_special_token_from_text_is_refused()
    {
        using var folder = new TokenizerFolder();
        foreach (var (token, id) in (ReadOnlySpan<(string, int)>)[("<C", 4096), ("_Q", 4097), ("_Q>", 4098)])
            folder.Vocabulary[token] = id;
        foreach (var merge in (string[])["< C", "_ Q", "_Q >", "<C _Q>"])
            folder.Merges.Add(merge);
        AssertRefused(folder, "\"model.merges[3837]\" is \"<C _Q>\"; it must be a merge that does not touch \"<C_Q>\"");
    }

    [Fact]
    public void Merges_as_pairs_and_as_text_give_the_same_ids()
    {
        using var folder = new TokenizerFolder();
        folder.Model["merges"] = new JsonArray([.. folder.Merges.Select(pair => JsonValue.Create($"{pair![0]} {pair[1]}"))]);
        const string Text = "What are the symptoms of Glaucoma?";
        Assert.Equal(TestData.Demo.Encode(Text, parseSpecial: false), folder.Load().Encode(Text, parseSpecial: false));
    }

    [Fact]
    public void Ids_may_have_holes()
    {
        using var folder = new TokenizerFolder();
        folder.AddedTokens.Add(new JsonObject { ["id"] = 6000, ["content"] = "<far>", ["special"] = true });
        var tokenizer = folder.Load();
        Assert.Equal(6001, tokenizer.VocabularySize);
        Assert.Equal("", tokenizer.Decode([5999], skipSpecial: false));
        Assert.Equal("<far>", tokenizer.Decode([6000], skipSpecial: false));
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        using var folder = new TokenizerFolder();
        folder.Save();
        var text = folder.Tokenizer.ToJsonString();
        for (var length = 0; length < text.Length; length += 1 + (text.Length / 100))
        {
            folder.Write("tokenizer.json", text[..length]);
            Assert.Throws<ModelFormatException>(() => Baichuan.Model.Text.TextTokenizer.Load(folder.Path));
        }
    }

    [Theory]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 1, "a": 2}}}""", "names a field twice")]
    [InlineData("null", "must be a JSON object, but is Null")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "is not valid JSON")]
    [InlineData("{}", "has no field \"decoder\"")]
    public void Text_that_is_not_a_tokenizer_is_refused(string json, string sentence)
    {
        using var folder = new TokenizerFolder();
        folder.Save();
        folder.Write("tokenizer.json", json);
        AssertRefused(folder.Path, sentence);
    }

    [Theory]
    [InlineData("\"content\":\"<pad>\"")]
    [InlineData("\"<pad>\":0")]
    [InlineData("\"Ġimp\",\"er\"")]
    public void Half_a_surrogate_pair_is_refused(string where)
    {
        using var folder = new TokenizerFolder();
        folder.Save();
        var text = File.ReadAllText(Path.Combine(folder.Path, "tokenizer.json"));
        Assert.Contains(where, text);
        folder.Write("tokenizer.json", text.Replace(where, where.Replace("<pad>", "\\ud800").Replace("imp", "\\udc00")));
        AssertRefused(folder.Path, "half a surrogate pair");
    }

    [Fact]
    public void A_file_too_large_is_refused_before_it_is_read()
    {
        using var folder = new TokenizerFolder();
        folder.Save();
        using (var file = File.OpenWrite(Path.Combine(folder.Path, "tokenizer.json")))
            file.SetLength((128 << 20) + 1);
        AssertRefused(folder.Path, "has 134217729 bytes; at most 134217728 are read");
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused()
    {
        using var folder = new TokenizerFolder();
        AssertRefused(folder.Path, "tokenizer.json: cannot be read");
        AssertRefused(Path.Combine(folder.Path, "nowhere"), "tokenizer.json: cannot be read");
    }

    private static string Split(string pattern, string behavior, string useRegex) =>
        $$"""
        {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{{pattern}},"behavior":"{{behavior}}","invert":false},
        {"type":"ByteLevel","add_prefix_space":false,"use_regex":{{useRegex}}}]}
        """;

    private static void AssertRefused(TokenizerFolder folder, params string[] sentences)
    {
        folder.Save();
        AssertRefused(folder.Path, sentences);
    }

    private static void AssertRefused(string folder, params string[] sentences)
    {
        var refusal = Assert.Throws<ModelFormatException>(() => Baichuan.Model.Text.TextTokenizer.Load(folder));
        Assert.EndsWith("tokenizer.json", refusal.File);
        Assert.All(sentences, sentence => Assert.Contains(sentence, refusal.Message));
    }
}

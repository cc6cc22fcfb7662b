using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Baichuan.Model.Tests.Text;

public sealed class TextTokenizerTests
{
    private static readonly string[] _fragments =
        ["<C_Q>", "<C_A>", "<B_SYS>", "<|endoftext|>", "<", "C_Q>", ">", "a", " ", "\n", "é", "中", "😀", "\uD83D", "\uDE00", "'s", "12"];

    public static TheoryData<int> GoldenCases => [.. Enumerable.Range(0, TestData.Json("golden/tokenizer/cases.json").GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(GoldenCases))]
    public void Golden_texts_have_the_listed_ids_and_come_back(int index)
    {
        var item = TestData.Json("golden/tokenizer/cases.json").GetProperty("cases")[index];
        var text = item.GetProperty("text").GetString()!;
        var ids = TestData.Ids(item.GetProperty("ids"));

        Assert.Equal(ids, TestData.Demo.Encode(text, parseSpecial: true));
        Assert.Equal(item.GetProperty("decoded").GetString(), TestData.Demo.Decode(ids, skipSpecial: false));

        var plain = TestData.Demo.Encode(text, parseSpecial: false);
        Assert.Equal(text, TestData.Demo.Decode(plain, skipSpecial: true));
        if (!ids.Any(TestData.Demo.IsSpecial))
            Assert.Equal(ids, plain);
    }

    [Fact]
    public void Other_pre_tokenizers_give_the_listed_ids()
    {
        var data = TestData.Json("text/pre-tokenizer-cases.json");
        foreach (var variant in data.GetProperty("pre_tokenizers").EnumerateArray())
        {
            using var folder = new TokenizerFolder();
            folder.Tokenizer["pre_tokenizer"] = JsonNode.Parse(variant.GetProperty("pre_tokenizer").GetRawText());
            PutMergesFirst(folder, JsonNode.Parse(data.GetProperty("merges").GetRawText())!.AsArray());
            var tokenizer = folder.Load();
            foreach (var item in variant.GetProperty("cases").EnumerateArray())
            {
                var ids = tokenizer.Encode(item.GetProperty("text").GetString(), parseSpecial: true);
                Assert.True(TestData.Ids(item.GetProperty("ids")).SequenceEqual(ids), $"{variant.GetProperty("name")}: {item.GetProperty("text")}");
            }
        }
    }

    [Fact]
    public void Plain_text_never_makes_a_special_token_and_always_comes_back()
    {
        Gen.OneOf(_fragments).Array[0, 12].Select(string.Concat).Sample(
            text =>
            {
                var ids = TestData.Demo.Encode(text, parseSpecial: false);
                Assert.DoesNotContain(ids, TestData.Demo.IsSpecial);
                Assert.Equal(ThroughUtf8(text), TestData.Demo.Decode(ids, skipSpecial: false));
            },
            iter: 2000);
    }

    [Fact]
    public void Parsed_special_tokens_cut_the_text_where_they_stand()
    {
        var specials = TestData.Demo.SpecialTokens;
        Gen.OneOf(_fragments).Array[0, 12].Select(string.Concat).Sample(
            text =>
            {
                var ids = TestData.Demo.Encode(text, parseSpecial: true);
                Assert.Equal(ThroughUtf8(text), TestData.Demo.Decode(ids, skipSpecial: false));
                var expected = specials.Keys.Aggregate(text, (rest, name) => rest.Replace(name, "\0", StringComparison.Ordinal)).Count(c => c == '\0');
                Assert.Equal(expected, ids.Count(TestData.Demo.IsSpecial));
            },
            iter: 2000);
    }

    [Fact]
    public void The_longest_of_several_special_tokens_at_one_place_is_taken()
    {
        using var folder = new TokenizerFolder();
        folder.AddedTokens.Add(new JsonObject { ["id"] = 5000, ["content"] = "<C_Q><C_A>", ["special"] = true });
        Assert.Equal([5000, 4], folder.Load().Encode("<C_Q><C_A><C_Q>", parseSpecial: true));
    }

    [Fact]
    public void Half_a_surrogate_pair_counts_as_the_replacement_character()
    {
        foreach (var text in (string[])["\uD800", "a\uDC00b", "\uD83D\uD83D\uDE00", "\uDE00\uD83D"])
        {
            var ids = TestData.Demo.Encode(text, parseSpecial: false);
            Assert.Equal(TestData.Demo.Encode(ThroughUtf8(text), parseSpecial: false), ids);
            Assert.Equal(ThroughUtf8(text), TestData.Demo.Decode(ids, skipSpecial: false));
        }
    }

    [Fact]
    public void Special_tokens_are_skipped_on_request_and_otherwise_decode_to_their_text()
    {
        int[] ids = [4, .. TestData.Demo.Encode("Hi", parseSpecial: false), 5, 2];
        Assert.Equal("<C_Q>Hi<C_A><|endoftext|>", TestData.Demo.Decode(ids, skipSpecial: false));
        Assert.Equal("Hi", TestData.Demo.Decode(ids, skipSpecial: true));
    }

    [Fact]
    public void A_special_token_beyond_ASCII_decodes_to_its_text()
    {
        using var folder = new TokenizerFolder();
        folder.AddedTokens.Add(new JsonObject { ["id"] = 4096, ["content"] = "｜é｜", ["special"] = true });
        var tokenizer = folder.Load();
        Assert.Equal([4096], tokenizer.Encode("｜é｜", parseSpecial: true));
        Assert.Equal("｜é｜", tokenizer.Decode([4096], skipSpecial: false));
    }

    [Fact]
    public void An_added_token_that_is_not_special_is_parsed_and_never_skipped()
    {
        using var folder = new TokenizerFolder();
        folder.AddedTokens.Add(new JsonObject { ["id"] = 4096, ["content"] = "<think>", ["special"] = false });
        var tokenizer = folder.Load();
        Assert.Equal([4096], tokenizer.Encode("<think>", parseSpecial: true));
        Assert.DoesNotContain(4096, tokenizer.Encode("<think>", parseSpecial: false));
        Assert.Equal("<think>", tokenizer.Decode([4096], skipSpecial: true));
    }

    [Fact]
    public void Tokens_are_known_by_id_and_by_name()
    {
        Assert.Equal(4096, TestData.Demo.VocabularySize);
        Assert.Equal(2, TestData.Demo.EndOfTextId);
        Assert.Equal(6, TestData.Demo.SpecialTokens.Count);
        Assert.True(TestData.Demo.TryGetId("Ġthe", out var the));
        Assert.Equal(" the"u8.ToArray(), TestData.Demo.TokenBytes(the).ToArray());
        Assert.True(TestData.Demo.TryGetId("<C_Q>", out var question));
        Assert.Equal("<C_Q>"u8.ToArray(), TestData.Demo.TokenBytes(question).ToArray());
        Assert.False(TestData.Demo.TryGetId(" the", out _));
    }

    [Fact]
    public void An_id_without_a_token_has_no_text_and_a_negative_one_is_refused()
    {
        Assert.Equal("a", TestData.Demo.Decode([103, 4096, int.MaxValue], skipSpecial: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => TestData.Demo.Decode([-1], skipSpecial: true));
        Assert.False(TestData.Demo.IsSpecial(int.MaxValue));
    }

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        var texts = Enumerable.Range(0, 400).Select(i => $"Patient {i} takes {i * 7} mg of aspirin{new string('x', i)} 中文").ToArray();
        var expected = texts.Select(text => TestData.Demo.Encode(text, parseSpecial: false)).ToArray();
        using var folder = new TokenizerFolder();
        var fresh = folder.Load();
        Parallel.For(0, 4 * texts.Length, i => Assert.Equal(expected[i % texts.Length], fresh.Encode(texts[i % texts.Length], parseSpecial: false)));
    }

    private static string ThroughUtf8(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static void PutMergesFirst(TokenizerFolder folder, JsonArray merges)
    {
        var all = merges.Concat(folder.Merges).Select(merge => ((string)merge![0]!, (string)merge[1]!)).Distinct();
        foreach (var merge in merges)
            folder.Vocabulary.TryAdd((string)merge![0]! + (string)merge[1]!, folder.Vocabulary.Count);
        folder.Model["merges"] = new JsonArray([.. all.Select(pair => new JsonArray(pair.Item1, pair.Item2))]);
    }
}

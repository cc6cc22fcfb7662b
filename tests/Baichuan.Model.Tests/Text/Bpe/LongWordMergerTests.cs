using Baichuan.Model.Text;
using Baichuan.Model.Text.Bpe;
using CsCheck;

namespace Baichuan.Model.Tests.Text.Bpe;

public sealed class LongWordMergerTests
{
    private static readonly WordEncoder _demo = new(TokenizerFile.Load(Path.Combine(TestData.DemoFolder, "tokenizer.json")));

    /// <summary>The library alone takes from 10 to 40 s for each of some of these; the limit is a net that only such a thing can tear.</summary>
    [Theory(Timeout = 20_000)]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("'")]
    [InlineData("1")]
    [InlineData("\uD800")]
    [InlineData("中")]
    [InlineData("\n a")]
    [InlineData(" \n")]
    [InlineData("ab")]
    [InlineData("the")]
    public Task A_hundred_thousand_characters_of_the_worst_text_are_quick(string unit) => Task.Run(() =>
    {
        var text = string.Concat(Enumerable.Repeat(unit, 100_000 / unit.Length));
        using var folder = FolderThatMergesEverything();
        foreach (var tokenizer in (TextTokenizer[])[TestData.Demo, folder.Load()])
        {
            var ids = tokenizer.Encode(text, parseSpecial: true);
            Assert.Equal(text.Replace('\uD800', '\uFFFD'), tokenizer.Decode(ids, skipSpecial: true));
        }
    }, TestContext.Current.CancellationToken);

    [Fact]
    public void Random_words_get_the_librarys_ids()
    {
        var fragments = Gen.OneOf(
            "a", "t", "h", "e", "r", "in", "ing", "the", "tion", "symptom", "disease", " ", "\n", "é", "中", "😀", "1", "-", ".", "\uFFFD");
        fragments.Array[1, 60].Select(string.Concat).Sample(word => AssertSameIds(_demo, word), iter: 3000);
    }

    [Fact]
    public void Words_of_every_length_around_the_limit_get_the_librarys_ids()
    {
        for (var length = 1; length <= 3 * WordEncoder.LongestLibraryWord; length++)
        {
            AssertSameIds(_demo, string.Concat(Enumerable.Repeat("symptoms", 60))[..length]);
            AssertSameIds(_demo, new string(' ', length));
            AssertSameIds(_demo, new string('中', length));
        }
    }

    [Fact]
    public void Random_merges_over_few_letters_give_the_librarys_ids()
    {
        var letters = Gen.Char["abc"];
        var words = letters.Array[1, 300].Select(characters => new string(characters));
        Gen.Select(Gen.Int[0, 1 << 20].Array[1, 40], words.Array[20]).Sample(
            (choices, texts) =>
            {
                using var folder = FolderWithMerges(choices);
                folder.Save();
                var encoder = new WordEncoder(TokenizerFile.Load(Path.Combine(folder.Path, "tokenizer.json")));
                foreach (var text in texts)
                    AssertSameIds(encoder, text);
            },
            iter: 30);
    }

    private static void AssertSameIds(WordEncoder encoder, string word)
    {
        var (library, own) = (new List<int>(), new List<int>());
        encoder.AppendByLibrary(word, library);
        encoder.AppendByMerger(word, own);
        Assert.Equal(library, own);
    }

    /// <summary>Each choice merges two of the tokens that there are so far, beginning with a, b and c.</summary>
    private static TokenizerFolder FolderWithMerges(int[] choices)
    {
        var folder = new TokenizerFolder();
        folder.Merges.Clear();
        List<string> tokens = ["a", "b", "c"];
        foreach (var choice in choices)
        {
            var (left, right) = (tokens[choice % tokens.Count], tokens[choice / tokens.Count % tokens.Count]);
            if (tokens.Contains(left + right) || left.Length + right.Length > 40)
                continue;
            tokens.Add(left + right);
            folder.Vocabulary.TryAdd(left + right, folder.Vocabulary.Count);
            folder.Merges.Add($"{left} {right}");
        }

        return folder;
    }

    /// <summary>Runs of one character merge into runs of twice the length, up to 65,536, and are cut nowhere.</summary>
    private static TokenizerFolder FolderThatMergesEverything()
    {
        var folder = new TokenizerFolder();
        folder.Tokenizer["pre_tokenizer"]!["use_regex"] = false;
        folder.Merges.Clear();
        foreach (var character in "aĠĊ'1t")
        {
            for (var length = 1; length <= 32_768; length *= 2)
            {
                var half = new string(character, length);
                folder.Vocabulary.TryAdd(half + half, folder.Vocabulary.Count);
                folder.Merges.Add($"{half} {half}");
            }
        }

        return folder;
    }
}

using System.Text.RegularExpressions;
using Baichuan.Model.Text.Bpe;
using CsCheck;

namespace Baichuan.Model.Tests.Text.Bpe;

public sealed class WordSplitterTests
{
    private static readonly Gen<string> _texts = Gen.OneOf(
        "'s", "'S", "'t", "'re", "'Ve", "'m", "'ll", "'LL", "'d", "'", "’s", " ", "  ", "\n", "\r\n", "\r", "\t", "\v", "\u0085", "\u00A0", "\u3000",
        "a", "The", "é", "e\u0301", "中", "1", "23", "4567", "½", "Ⅷ", "٣",
        ".", "...", "“", "_", "-", "\u200B", "\uFEFF", "\0", "\u001C", "\u180E", "\uFFFD")
        .Array[0, 14].Select(string.Concat);

    public static TheoryData<string> Patterns => [Gpt2Splitter.Pattern, Cl100kSplitter.PatternOfThreeDigits, Cl100kSplitter.PatternOfOneDigit];

    /// <summary>.NET's own engine is the judge where it can be: below U+10000.</summary>
    [Theory]
    [MemberData(nameof(Patterns))]
    public void Words_are_those_that_the_pattern_finds(string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant);
        _texts.Sample(text => Assert.Equal(regex.Matches(text).Select(match => match.Value), Words(Splitter(pattern), text)), iter: 5000);
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Every_character_of_the_first_plane_is_of_the_kind_that_the_pattern_sees(string pattern)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant);
        for (var character = '\0'; character < '\uD800'; character++)
        {
            var text = $"a{character}a1{character}1 {character}.{character}";
            Assert.Equal(regex.Matches(text).Select(match => match.Value), Words(Splitter(pattern), text));
        }
    }

    [Fact]
    public void Letters_and_numbers_beyond_the_first_plane_are_letters_and_numbers()
    {
        Assert.Equal(["中\U00020000x", "1\U0001D7D9", " \U0001D400", "😀."], Words(new Gpt2Splitter(), "中\U00020000x1\U0001D7D9 \U0001D400😀."));
        Assert.Equal(["😀\U00020000", "\U0001D7D91", "2"], Words(new Cl100kSplitter(mostDigits: 2), "😀\U00020000\U0001D7D912"));
    }

    private static IWordSplitter Splitter(string pattern) => pattern switch
    {
        Gpt2Splitter.Pattern => new Gpt2Splitter(),
        Cl100kSplitter.PatternOfThreeDigits => new Cl100kSplitter(mostDigits: 3),
        _ => new Cl100kSplitter(mostDigits: 1),
    };

    private static List<string> Words(IWordSplitter splitter, string text)
    {
        var words = new List<string>();
        for (var at = 0; at < text.Length; at += words[^1].Length)
            words.Add(text.Substring(at, splitter.FirstWord(text.AsSpan(at))));
        return words;
    }
}

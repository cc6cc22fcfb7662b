namespace Baichuan.Cli.Tests;

public sealed class WordWrapTests
{
    [Theory]
    [InlineData("one two three", "one two\nthree\n")]
    [InlineData("one  two", "one  two\n")]
    [InlineData("one\n\n two\n", "one\n\n two\n")]
    [InlineData("a-word-that-is-too-long is", "a-word-that-is-too-long\nis\n")]
    [InlineData("糖尿病的症状", "糖尿病的\n症状\n")]
    [InlineData("1234567😀", "1234567\n😀\n")]
    public void Lines_break_between_words_however_the_text_comes(string text, string wrapped)
    {
        for (var piece = 1; piece <= text.Length; piece++)
        {
            var output = new StringWriter { NewLine = "\n" };
            var wrap = new WordWrap(output, () => 8);
            foreach (var some in text.Chunk(piece))
                wrap.Write(new string(some));
            wrap.End();

            Assert.Equal(wrapped, output.ToString());
        }
    }
}

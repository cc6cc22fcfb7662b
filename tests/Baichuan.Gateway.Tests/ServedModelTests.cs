using Baichuan.Gateway.Tests.Fakes;
using Baichuan.Model;

namespace Baichuan.Gateway.Tests;

public sealed class ServedModelTests
{
    private static readonly int _tokens = TestModel.Served.Tokenizer.VocabularySize;

    [Fact]
    public void A_tokenizer_with_more_ids_than_the_model_is_refused()
    {
        using var folder = new ModelFolder();
        folder.Set("config.json", "vocab_size", _tokens - 1);
        var refusal = Assert.Throws<ModelFormatException>(folder.Load);
        Assert.EndsWith("tokenizer.json", refusal.File, StringComparison.Ordinal);
        Assert.Contains($"the highest token id is {_tokens - 1}; with \"vocab_size\" {_tokens - 1}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void A_model_may_have_ids_without_a_token(int padding)
    {
        using var folder = new ModelFolder();
        folder.Set("config.json", "vocab_size", _tokens + padding);
        Assert.Equal((_tokens + padding, _tokens), (folder.Load().Config.VocabularySize, folder.Load().Tokenizer.VocabularySize));
    }
}

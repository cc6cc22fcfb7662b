using System.Text.Json.Nodes;

namespace Baichuan.Model.Tests.Text;

public sealed class TokenizerConfigFileTests
{
    [Theory]
    [InlineData("eos_token", "null", "\"eos_token\" is null; it must be text")]
    [InlineData("eos_token", "\"<eot>\"", "\"eos_token\" is \"<eot>\"; it must be one of tokenizer.json's added_tokens")]
    [InlineData("eos_token", "\"a\"", "it must be one of tokenizer.json's added_tokens")]
    [InlineData("eos_token", "{}", "has no field \"eos_token.content\"")]
    [InlineData("add_bos_token", "true", "\"add_bos_token\" is true; it must be false")]
    [InlineData("add_eos_token", "true", "\"add_eos_token\" is true; it must be false")]
    [InlineData("default_system", "1", "\"default_system\" is 1; it must be text")]
    public void A_setting_that_cannot_be_obeyed_is_refused(string field, string value, string sentence)
    {
        using var folder = new TokenizerFolder();
        folder.Config[field] = JsonNode.Parse(value);
        var refusal = Assert.Throws<ModelFormatException>(folder.Load);
        Assert.EndsWith("tokenizer_config.json", refusal.File);
        Assert.Contains(sentence, refusal.Message);
    }

    [Fact]
    public void The_end_of_text_may_be_written_as_an_object()
    {
        using var folder = new TokenizerFolder();
        folder.Config["eos_token"] = new JsonObject { ["__type"] = "AddedToken", ["content"] = "<s>" };
        Assert.Equal(1, folder.Load().EndOfTextId);
    }
}

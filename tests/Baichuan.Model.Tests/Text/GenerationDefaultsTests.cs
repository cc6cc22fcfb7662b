using Baichuan.Model.Text;

namespace Baichuan.Model.Tests.Text;

public sealed class GenerationDefaultsTests
{
    [Fact]
    public void The_demo_checkpoints_settings_are_read()
    {
        var defaults = GenerationDefaults.Load(TestData.DemoFolder, 4096);
        Assert.Equal((0.7f, 0.9f, 0, 0f, 1.05f), (defaults.Temperature, defaults.TopP, defaults.TopK, defaults.MinP, defaults.RepetitionPenalty));
        Assert.Equal((256, 1, 0), (defaults.MaxNewTokens, defaults.BosTokenId, defaults.PadTokenId));
        Assert.Equal([2], defaults.EosTokenIds);
    }

    [Fact]
    public void A_folder_without_the_file_and_a_file_without_settings_change_nothing()
    {
        using var folder = new TokenizerFolder();
        AssertNeutral(GenerationDefaults.Load(folder.Path, 4096));
        AssertNeutral(Load("{}"));
        AssertNeutral(Load("""{"temperature": null, "top_k": -1, "do_sample": null, "eos_token_id": null, "transformers_version": "4"}"""));
    }

    [Fact]
    public void Without_sampling_the_temperature_is_zero() => Assert.Equal(0, Load("""{"do_sample": false, "temperature": 0.7}""").Temperature);

    [Fact]
    public void Several_tokens_may_end_an_answer() => Assert.Equal([2, 5], Load("""{"eos_token_id": [2, 5, 2]}""").EosTokenIds);

    [Fact]
    public void The_least_number_of_tokens_is_read() => Assert.Equal(8, Load("""{"min_new_tokens": 8}""").MinNewTokens);

    [Fact]
    public void Values_at_the_limits_are_read()
    {
        var defaults = Load("""{"temperature": 2, "top_p": 1.0, "top_k": 50, "min_p": 1, "repetition_penalty": 10, "max_new_tokens": 1, "min_new_tokens": 0}""");
        Assert.Equal((2f, 1f, 50, 1f, 10f), (defaults.Temperature, defaults.TopP, defaults.TopK, defaults.MinP, defaults.RepetitionPenalty));
    }

    [Theory]
    [InlineData("""{"temperature": 2.1}""", "\"temperature\" is 2.1; it must be a number from 0 to 2")]
    [InlineData("""{"temperature": -1}""", "\"temperature\" is -1")]
    [InlineData("""{"temperature": "hot"}""", "\"temperature\" is \"hot\"")]
    [InlineData("""{"temperature": 1e999}""", "\"temperature\" is 1e999")]
    [InlineData("""{"do_sample": false, "temperature": 3}""", "\"temperature\" is 3")]
    [InlineData("""{"do_sample": 1}""", "\"do_sample\" is 1; it must be true or false")]
    [InlineData("""{"top_p": 0}""", "\"top_p\" is 0; it must be a number above 0, up to 1")]
    [InlineData("""{"top_p": 1.5}""", "\"top_p\" is 1.5")]
    [InlineData("""{"top_k": -2}""", "\"top_k\" is -2")]
    [InlineData("""{"top_k": 1.5}""", "\"top_k\" is 1.5; it must be a whole number")]
    [InlineData("""{"min_p": 2}""", "\"min_p\" is 2")]
    [InlineData("""{"repetition_penalty": 0}""", "\"repetition_penalty\" is 0; it must be a number above 0, up to 10")]
    [InlineData("""{"max_new_tokens": 0}""", "\"max_new_tokens\" is 0")]
    [InlineData("""{"min_new_tokens": -1}""", "\"min_new_tokens\" is -1")]
    [InlineData("""{"eos_token_id": 4096}""", "\"eos_token_id\" is 4096; it must be a whole number from 0 to 4095")]
    [InlineData("""{"eos_token_id": [2, -1]}""", "\"eos_token_id\" is -1")]
    [InlineData("""{"eos_token_id": "2"}""", "\"eos_token_id\" is \"2\"")]
    [InlineData("""{"pad_token_id": -1}""", "\"pad_token_id\" is -1")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("""{"temperature": 1""", "is not valid JSON")]
    public void A_value_out_of_range_is_refused_by_name(string json, string sentence)
    {
        var refusal = Assert.Throws<ModelFormatException>(() => Load(json));
        Assert.EndsWith("generation_config.json", refusal.File);
        Assert.Contains(sentence, refusal.Message);
    }

    private static GenerationDefaults Load(string json)
    {
        using var folder = new TokenizerFolder();
        folder.Write("generation_config.json", json);
        return GenerationDefaults.Load(folder.Path, 4096);
    }

    private static void AssertNeutral(GenerationDefaults defaults)
    {
        Assert.Equal((1f, 1f, 0, 0f, 1f), (defaults.Temperature, defaults.TopP, defaults.TopK, defaults.MinP, defaults.RepetitionPenalty));
        Assert.Equal((null, null, null), ((int?, int?, int?))(defaults.MaxNewTokens, defaults.BosTokenId, defaults.PadTokenId));
        Assert.Equal(0, defaults.MinNewTokens);
        Assert.Empty(defaults.EosTokenIds);
    }
}

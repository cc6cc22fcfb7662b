using System.Text;
using System.Text.Json.Nodes;
using Baichuan.Model.Tests.Checkpoint;

namespace Baichuan.Model.Tests;

public sealed class ModelConfigTests
{
    [Fact]
    public void The_published_geometry_is_read()
    {
        var config = ModelConfig.Load(Path.Combine(AppContext.BaseDirectory, "data", "configs", "baichuan-m1-14b"));
        Assert.Equal(new AttentionGeometry(20, 2, 256), config.Global);
        Assert.Equal(new AttentionGeometry(40, 8, 128), config.Sliding);
        Assert.Equal((133120, 5120, 17408, 40), (config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.LayerCount));
        Assert.Equal((8192, 32768, 1e6, 1e-6), (config.SlidingWindow, config.MaxPositions, config.RopeTheta, config.RmsNormEpsilon));
        Assert.Equal((1, 2), (config.BosTokenId, config.EosTokenId));
        Assert.Equal((LayerKind.Global, LayerKind.Sliding), (config.KindOf(0), config.KindOf(39)));
        Assert.Equal(20, config.CountLayers(new(0, 40), LayerKind.Sliding));
        Assert.Equal((9000, 8192), (config.PositionsKept(LayerKind.Global, 9000), config.PositionsKept(LayerKind.Sliding, 9000)));
    }

    [Fact]
    public void A_model_without_a_first_token_is_read()
    {
        Assert.Null(Parse(config => config.Remove("bos_token_id")).BosTokenId);
        Assert.Null(Parse(config => config["bos_token_id"] = null).BosTokenId);
    }

    [Theory]
    [InlineData("model_type", "\"llama\"", "\"baichuan_m1\"")]
    [InlineData("model_type", "\"\\ud800\"", "Unicode")]
    [InlineData("hidden_act", "\"gelu\"", "\"silu\"")]
    [InlineData("conv_window", "3", "it must be 2")]
    [InlineData("conv_window", "\"2\"", "it must be 2")]
    [InlineData("tie_word_embeddings", "true", "false")]
    [InlineData("hidden_size", "0", "from 2 to")]
    [InlineData("hidden_size", "8.5", "whole number")]
    [InlineData("hidden_size", "99999999999999999999", "whole number")]
    [InlineData("hidden_size", "\"8\"", "whole number")]
    [InlineData("hidden_size", "null", "whole number")]
    [InlineData("num_hidden_layers", "0", "from 1 to 4096")]
    [InlineData("num_hidden_layers", "1000000000", "from 1 to 4096")]
    [InlineData("vocab_size", "1", "from 2 to")]
    [InlineData("intermediate_size", "-1", "from 1 to")]
    [InlineData("num_attention_heads", "3", "divisor of hidden_size 8")]
    [InlineData("num_attention_heads", "8", "even head size")]
    [InlineData("num_attention_heads", "9", "from 1 to 8")]
    [InlineData("num_key_value_heads", "3", "from 1 to 2")]
    [InlineData("num_swa_attention_heads", "5", "divisor of hidden_size 8")]
    [InlineData("num_swa_key_value_heads", "3", "divisor of num_swa_attention_heads 4")]
    [InlineData("sliding_window", "0", "from 1 to")]
    [InlineData("sliding_window_layers", "3", "list of layer numbers")]
    [InlineData("sliding_window_layers", "[2]", "from 0 to 1")]
    [InlineData("sliding_window_layers", "[\"1\"]", "from 0 to 1")]
    [InlineData("rope_theta", "0", "from 1 to")]
    [InlineData("rope_theta", "1e999", "from 1 to")]
    [InlineData("rms_norm_eps", "0", "from 1E-12 to 1")]
    [InlineData("rms_norm_eps", "{}", "from 1E-12 to 1")]
    [InlineData("max_position_embeddings", "0", "from 1 to")]
    [InlineData("bos_token_id", "6", "from 0 to 5")]
    [InlineData("eos_token_id", "-1", "from 0 to 5")]
    [InlineData("eos_token_id", "[1, 2]", "from 0 to 5")]
    public void A_value_that_cannot_be_run_is_refused_by_name_value_and_limit(string field, string value, string expected)
    {
        // By text: a JsonObject would not carry half a surrogate pair.
        var valid = JsonNode.Parse(SmallCheckpoint.Config)!.AsObject();
        valid[field] = "@";
        var e = Refused(valid.ToJsonString().Replace("\"@\"", value, StringComparison.Ordinal));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        if (expected != "Unicode")
            Assert.Contains($"\"{field}\" is {(field == "sliding_window_layers" ? value.Trim('[', ']') : value)}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_type")]
    [InlineData("hidden_act")]
    [InlineData("conv_window")]
    [InlineData("hidden_size")]
    [InlineData("num_hidden_layers")]
    [InlineData("vocab_size")]
    [InlineData("intermediate_size")]
    [InlineData("num_attention_heads")]
    [InlineData("num_key_value_heads")]
    [InlineData("num_swa_attention_heads")]
    [InlineData("num_swa_key_value_heads")]
    [InlineData("sliding_window")]
    [InlineData("sliding_window_layers")]
    [InlineData("rope_theta")]
    [InlineData("rms_norm_eps")]
    [InlineData("max_position_embeddings")]
    [InlineData("eos_token_id")]
    public void A_missing_field_is_refused_by_name(string field)
    {
        var config = JsonNode.Parse(SmallCheckpoint.Config)!.AsObject();
        config.Remove(field);
        Assert.Contains($"no field \"{field}\"", Refused(config.ToJsonString()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("{\"model_type\": \"baichuan_m1\", \"model_type\": \"baichuan_m1\"}", "a field twice")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]", "JSON")]
    public void A_text_of_another_form_is_refused(string json, string expected) =>
        Assert.Contains(expected, Refused(json).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_too_long_for_a_config_is_refused_before_it_is_read()
    {
        using var folder = new SmallCheckpoint();
        folder.Write("config.json", new byte[(1 << 20) + 1]);
        Assert.Contains("1048577 bytes", Assert.Throws<ModelFormatException>(() => ModelConfig.Load(folder.Folder)).Message, StringComparison.Ordinal);
    }

    private static ModelConfig Parse(Action<JsonObject> change)
    {
        var config = JsonNode.Parse(SmallCheckpoint.Config)!.AsObject();
        change(config);
        return ModelConfig.Parse(Encoding.UTF8.GetBytes(config.ToJsonString()), "config.json");
    }

    private static ModelFormatException Refused(string json)
    {
        var e = Assert.Throws<ModelFormatException>(() => ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "a/config.json"));
        Assert.StartsWith("a/config.json: ", e.Message, StringComparison.Ordinal);
        return e;
    }
}

using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Baichuan.Model.Tests.Plan;

/// <summary>Configurations of every shape that a config.json may state, and cuts that are possible for them.</summary>
internal static class RandomConfigs
{
    private static readonly Gen<(int KvHeads, int QueriesPerKvHead)> s_heads = Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5]);

    private static readonly Gen<ModelConfig> s_configs = Gen.Select(
        Gen.Select(s_heads, s_heads, Gen.Int[1, 3]), Gen.Bool.Array[1, 9], Gen.Int[2, 70], Gen.Int[1, 300], Gen.Int[1, 100],
        (heads, sliding, vocabulary, inner, window) => Create(heads.Item1, heads.Item2, heads.Item3, sliding, vocabulary, inner, window));

    /// <summary>A config with a tensor and a pipeline parallelism that it can be cut by.</summary>
    public static Gen<(ModelConfig Config, int TensorParallel, int PipelineParallel)> Cuts { get; } =
        Gen.Select(s_configs, Gen.Int[0, 1 << 20], Gen.Int[0, 1 << 20]).Select(draw =>
        (
            draw.Item1,
            1 + (draw.Item2 % Math.Min(draw.Item1.Global.Heads, draw.Item1.Sliding.Heads)),
            1 + (draw.Item3 % draw.Item1.LayerCount)));

    private static ModelConfig Create(
        (int KvHeads, int Queries) global, (int KvHeads, int Queries) sliding, int scale, bool[] slidingLayers, int vocabulary, int inner, int window)
    {
        var (globalHeads, slidingHeads) = (global.KvHeads * global.Queries, sliding.KvHeads * sliding.Queries);
        var json = new JsonObject
        {
            ["model_type"] = "baichuan_m1",
            ["hidden_act"] = "silu",
            ["conv_window"] = 2,
            ["hidden_size"] = globalHeads * slidingHeads * 2 * scale,
            ["vocab_size"] = vocabulary,
            ["intermediate_size"] = inner,
            ["num_hidden_layers"] = slidingLayers.Length,
            ["num_attention_heads"] = globalHeads,
            ["num_key_value_heads"] = global.KvHeads,
            ["num_swa_attention_heads"] = slidingHeads,
            ["num_swa_key_value_heads"] = sliding.KvHeads,
            ["sliding_window"] = window,
            ["sliding_window_layers"] = new JsonArray([.. slidingLayers.Index().Where(l => l.Item).Select(l => JsonValue.Create(l.Index))]),
            ["rope_theta"] = 10000,
            ["rms_norm_eps"] = 1e-6,
            ["max_position_embeddings"] = 1000,
            ["eos_token_id"] = 1,
        };
        return ModelConfig.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "config.json");
    }
}

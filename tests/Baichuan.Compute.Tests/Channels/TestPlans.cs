using System.Text;
using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Tests.Channels;

/// <summary>Plans for T and P up to 8; channels look at nothing but these two.</summary>
internal static class TestPlans
{
    private const string Config = """
        {
          "model_type": "baichuan_m1", "hidden_act": "silu", "conv_window": 2, "tie_word_embeddings": false, "vocab_size": 64, "hidden_size": 64,
          "intermediate_size": 64, "num_hidden_layers": 8, "num_attention_heads": 8, "num_key_value_heads": 2, "num_swa_attention_heads": 16,
          "num_swa_key_value_heads": 4, "sliding_window": 16, "sliding_window_layers": [1, 3, 5, 7], "rope_theta": 10000, "rms_norm_eps": 1e-6,
          "max_position_embeddings": 64, "eos_token_id": 2
        }
        """;

    public static ShardPlan Create(int tensorParallel, int pipelineParallel) =>
        ShardPlan.Create(ModelConfig.Parse(Encoding.UTF8.GetBytes(Config), "config.json"), tensorParallel, pipelineParallel);
}

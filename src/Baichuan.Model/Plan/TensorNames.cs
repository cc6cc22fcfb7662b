namespace Baichuan.Model.Plan;

/// <summary>The tensor names of the published checkpoint format.</summary>
public static class TensorNames
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string FinalNorm = "model.norm.weight";
    public const string Head = "lm_head.weight";

    public static string InputNorm(int layer) => $"model.layers.{layer}.input_layernorm.weight";

    /// <summary>[q | k | v] along the rows: Heads * HeadDim, then twice KvHeads * HeadDim.</summary>
    public static string QueryKeyValue(int layer) => $"model.layers.{layer}.self_attn.W_pack.weight";

    /// <summary>(1, 1, KV, 1, 2): per KV head the factor of the previous and of the current position.</summary>
    public static string KeyConvolution(int layer) => $"model.layers.{layer}.self_attn.conv_k";

    /// <inheritdoc cref="KeyConvolution"/>
    public static string ValueConvolution(int layer) => $"model.layers.{layer}.self_attn.conv_v";

    public static string AttentionOutput(int layer) => $"model.layers.{layer}.self_attn.o_proj.weight";

    public static string FfnNorm(int layer) => $"model.layers.{layer}.post_attention_layernorm.weight";

    public static string Gate(int layer) => $"model.layers.{layer}.mlp.gate_proj.weight";

    public static string Up(int layer) => $"model.layers.{layer}.mlp.up_proj.weight";

    public static string Down(int layer) => $"model.layers.{layer}.mlp.down_proj.weight";
}

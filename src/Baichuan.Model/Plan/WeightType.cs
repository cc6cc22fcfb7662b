namespace Baichuan.Model.Plan;

/// <summary>How a shard keeps its matrices in memory. Norms and convolution factors are always f32; see <see cref="WeightFormat"/> for the blocks.</summary>
public enum WeightType
{
    F32,
    BF16,

    /// <summary>Whole numbers from -127 to 127, with an f32 scale for every 128 inputs of an output.</summary>
    INT8,

    /// <summary>Whole numbers from -8 to 7, with an f32 scale for every 64 inputs of an output.</summary>
    INT4,
}

namespace Baichuan.Model.Plan;

/// <summary>How a shard keeps its matrices in memory. Norms and convolution factors are always f32.</summary>
public enum WeightType
{
    F32,
    BF16,
}

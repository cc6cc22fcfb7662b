namespace Baichuan.Model.Plan;

/// <summary>What follows from a <see cref="WeightType"/>: bits of a weight, and for whole numbers the blocks of inputs that share a scale.</summary>
public static class WeightFormat
{
    /// <summary>True for whole-number codes with scales.</summary>
    public static bool IsCoded(this WeightType type) => type is WeightType.INT8 or WeightType.INT4;

    /// <summary>Bits of a weight, without its share of a scale.</summary>
    public static int Bits(this WeightType type) => type switch
    {
        WeightType.F32 => 32,
        WeightType.BF16 => 16,
        WeightType.INT8 => 8,
        WeightType.INT4 => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such weight type."),
    };

    /// <summary>Inputs that share a scale. Blocks begin where a reduction group's inputs begin, so that every cut rounds alike; the last of a group may be shorter.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type has no scales.</exception>
    public static int BlockInputs(this WeightType type) => type switch
    {
        WeightType.INT8 => 128,
        WeightType.INT4 => 64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Only whole-number weights have blocks."),
    };

    /// <summary>The type of the embedding table, whose rows are looked up and not multiplied: bf16 where matrices are whole numbers.</summary>
    public static WeightType OfEmbedding(this WeightType type) => type == WeightType.F32 ? WeightType.F32 : WeightType.BF16;

    /// <summary>Bytes of one output's weights over one reduction group of <paramref name="inputs"/>, scales included.</summary>
    public static long BytesOf(this WeightType type, int inputs) =>
        (((long)inputs * type.Bits()) + 7) / 8 + (type.IsCoded() ? (inputs + type.BlockInputs() - 1) / type.BlockInputs() * (long)sizeof(float) : 0);
}

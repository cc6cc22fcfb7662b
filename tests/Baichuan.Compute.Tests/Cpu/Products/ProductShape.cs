using Baichuan.Compute.Tests.Cpu.Kernels;
using CsCheck;

namespace Baichuan.Compute.Tests.Cpu.Products;

/// <summary>A product with numbers in it: W [outputs, inputs], its inputs cut into slices, and x [rows, inputs].</summary>
internal sealed record ProductShape(int Outputs, int[] SliceInputs, int Rows, int Seed)
{
    public static Gen<ProductShape> Any { get; } =
        from outputs in Gen.Int[1, 69]
        from slices in Gen.OneOf(Gen.Int[0, 40], Gen.Int[0, 300]).Array[1, 4]
        from rows in Gen.OneOf(Gen.Int[1, 9], Gen.Int[60, 70])
        from seed in Gen.Int[0, 1_000_000]
        select new ProductShape(outputs, slices, rows, seed);

    public int Inputs => SliceInputs.Sum();

    public float[] Weights => RandomNumbers.Of(Seed, Outputs * Inputs);

    public float[] X => RandomNumbers.Of(Seed + 1, Rows * Inputs);

    public override string ToString() => $"{Rows} rows x {Outputs} outputs over [{string.Join(", ", SliceInputs)}] inputs, seed {Seed}";
}

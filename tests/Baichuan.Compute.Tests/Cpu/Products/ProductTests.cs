using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;
using CsCheck;

namespace Baichuan.Compute.Tests.Cpu.Products;

/// <summary>Products have the bits of their definition: every weight type, every instruction set, any shape, whatever is computed together.</summary>
public sealed class ProductTests
{
    public static TheoryData<WeightType> Types() => [.. Enum.GetValues<WeightType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_instruction_set_has_the_bits_of_the_definition_at_any_shape(WeightType type) => ProductShape.Any.Sample(
        shape =>
        {
            var expected = ProductDefinition.Multiply(type, shape, shape.Weights, shape.X);
            foreach (var kernels in KernelSet.Supported)
            {
                using var matrix = new PanelMatrix(kernels, type, shape, shape.Weights);
                AssertSame(expected, matrix.Multiply(shape.X, shape.Rows, partPanels: 2), kernels.Name);
            }
        },
        iter: 40);

    [Theory]
    [MemberData(nameof(Types))]
    public void A_row_alone_has_the_bits_it_has_among_others(WeightType type)
    {
        var shape = new ProductShape(45, [130, 0, 77], 71, 5);
        using var matrix = new PanelMatrix(KernelSet.Best, type, shape, shape.Weights);
        var together = matrix.Multiply(shape.X, shape.Rows, partPanels: 100);
        for (var r = 0; r < shape.Rows; r++)
        {
            var alone = matrix.Multiply(shape.X[(r * shape.Inputs)..((r + 1) * shape.Inputs)], 1, partPanels: 1);
            AssertSame(alone, together[(r * shape.Outputs)..((r + 1) * shape.Outputs)], $"row {r}");
        }
    }

    [Theory]
    [InlineData(WeightType.INT8, 0.01)]
    [InlineData(WeightType.INT4, 0.12)]
    [InlineData(WeightType.BF16, 0.005)]
    [InlineData(WeightType.F32, 1e-6)]
    public void The_error_of_a_product_of_gaussian_numbers_is_that_of_its_type(WeightType type, double most)
    {
        // One activation in 500 is 30 times as large as the others, as in real models.
        var random = new Random(3);
        var shape = new ProductShape(64, [2048], 4, 0);
        var weights = Enumerable.Range(0, 64 * 2048).Select(_ => Gaussian(random)).ToArray();
        var x = Enumerable.Range(0, 4 * 2048).Select(i => Gaussian(random) * (i % 500 == 0 ? 30 : 1)).ToArray();
        using var matrix = new PanelMatrix(KernelSet.Best, type, shape, weights);
        var y = matrix.Multiply(x, 4, partPanels: 4).Select(BitConverter.UInt32BitsToSingle).ToArray();
        var (error, norm) = (0.0, 0.0);
        for (var i = 0; i < y.Length; i++)
        {
            var exact = Enumerable.Range(0, 2048).Sum(k => (double)x[(i / 64 * 2048) + k] * weights[(i % 64 * 2048) + k]);
            error += Math.Pow(y[i] - exact, 2);
            norm += exact * exact;
        }

        // Not far below either: the type really is the one that was asked for.
        Assert.InRange(Math.Sqrt(error / norm), most / 50, most);
    }

    [Theory]
    [InlineData(WeightType.INT8)]
    [InlineData(WeightType.INT4)]
    public void What_is_not_a_number_stays_in_its_row_and_is_seen_there(WeightType type)
    {
        var shape = new ProductShape(20, [200], 5, 8);
        var x = shape.X;
        x[200 + 7] = float.NaN;
        x[600 + 199] = float.NegativeInfinity;
        foreach (var kernels in KernelSet.Supported)
        {
            using var matrix = new PanelMatrix(kernels, type, shape, shape.Weights);
            var y = matrix.Multiply(x, 5, partPanels: 2);
            AssertSame(ProductDefinition.Multiply(type, shape, shape.Weights, x), y, kernels.Name);
            Assert.All(y[20..40].Concat(y[60..80]), bits => Assert.True(float.IsNaN(BitConverter.UInt32BitsToSingle(bits))));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_instruction_set_writes_the_same_panels(WeightType type)
    {
        var shape = new ProductShape(37, [31, 129], 1, 4);
        using var expected = new PanelMatrix(KernelSet.Supported[^1], type, shape, shape.Weights);
        foreach (var kernels in KernelSet.Supported)
        {
            using var matrix = new PanelMatrix(kernels, type, shape, shape.Weights);
            Assert.True(expected.Panels.SequenceEqual(matrix.Panels), kernels.Name);
        }
    }

    private static float Gaussian(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    // NaNs have payloads that nobody promises.
    private static void AssertSame(uint[] expected, uint[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var bothNaN = float.IsNaN(BitConverter.UInt32BitsToSingle(expected[i])) && float.IsNaN(BitConverter.UInt32BitsToSingle(actual[i]));
            Assert.True(expected[i] == actual[i] || bothNaN, $"{what}: element {i} has the bits {actual[i]:x8} instead of {expected[i]:x8}.");
        }
    }
}

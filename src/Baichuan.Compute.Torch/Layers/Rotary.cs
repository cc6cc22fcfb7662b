using TorchSharp;

namespace Baichuan.Compute.Torch.Layers;

/// <summary>
/// Rotary position embedding over non-interleaved halves: pairs are (i, i + headDim / 2), turned by position * theta^(-2i / headDim) (Su et al., 2021).
/// The cosines and sines of a step's rows for one head size, shared by all its layers; angles are formed in f64, since position * frequency has more
/// digits than f32 holds at long contexts.
/// </summary>
internal sealed class Rotary
{
    private readonly torch.Tensor _cos; // [rows, 1, headDim / 2]
    private readonly torch.Tensor _sin;
    private readonly int _half;

    /// <param name="positions">[rows], int64</param>
    /// <param name="inverseFrequencies">[headDim / 2], f64</param>
    public Rotary(torch.Tensor positions, torch.Tensor inverseFrequencies)
    {
        using var scope = torch.NewDisposeScope();
        var angles = (positions.to_type(torch.ScalarType.Float64).unsqueeze(-1) * inverseFrequencies).unsqueeze(1);
        _half = (int)inverseFrequencies.shape[0];
        _cos = angles.cos().to_type(torch.ScalarType.Float32).MoveToOuterDisposeScope();
        _sin = angles.sin().to_type(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>theta^(-2i / headDim) for i below headDim / 2.</summary>
    public static torch.Tensor InverseFrequencies(double theta, int headDim, torch.Device device) =>
        torch.tensor(Enumerable.Range(0, headDim / 2).Select(i => Math.Pow(theta, -2.0 * i / headDim)).ToArray(), device: device);

    /// <param name="x">[rows, heads, headDim]</param>
    public torch.Tensor Turn(torch.Tensor x)
    {
        var first = x.narrow(-1, 0, _half);
        var second = x.narrow(-1, _half, _half);
        return torch.cat([(first * _cos) - (second * _sin), (second * _cos) + (first * _sin)], -1);
    }
}

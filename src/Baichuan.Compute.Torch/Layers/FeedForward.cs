using Baichuan.Compute.Torch.Weights;
using TorchSharp;

namespace Baichuan.Compute.Torch.Layers;

/// <summary>The gated feed-forward half of a decoder layer: Down(silu(Gate(h)) * Up(h)), h = RMSNorm(x), over the rank's columns.</summary>
internal sealed class FeedForward(LayerWeights weights, double epsilon)
{
    /// <summary>The rank's term of the sum over ranks: [rows, hidden].</summary>
    /// <param name="x">[rows, hidden]</param>
    public torch.Tensor Partial(torch.Tensor x)
    {
        var h = RmsNorm.Of(x, weights.FfnNorm, epsilon);
        var gated = torch.nn.functional.silu(MatrixProduct.Of(h, weights.Gate)) * MatrixProduct.Of(h, weights.Up);
        return MatrixProduct.Of(gated, weights.Down);
    }
}

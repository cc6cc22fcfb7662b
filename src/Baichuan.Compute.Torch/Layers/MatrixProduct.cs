using TorchSharp;

namespace Baichuan.Compute.Torch.Layers;

/// <summary>
/// x W^T for f32 activations [rows, inputs] and a matrix [outputs, inputs] of either weight type. With bf16 weights the activations are rounded to bf16
/// on the way in and the product on the way out, as the published modelling code does on a device; libtorch sums in f32 between.
/// </summary>
internal static class MatrixProduct
{
    public static torch.Tensor Of(torch.Tensor x, torch.Tensor weights) => weights.dtype == torch.ScalarType.Float32
        ? torch.nn.functional.linear(x, weights)
        : torch.nn.functional.linear(x.to_type(weights.dtype), weights).to_type(torch.ScalarType.Float32);
}

using TorchSharp;

namespace Baichuan.Compute.Torch.Layers;

/// <summary>y = w * x / sqrt(mean(x^2) + epsilon) over the last dimension, in f32 (Zhang and Sennrich, 2019).</summary>
internal static class RmsNorm
{
    public static torch.Tensor Of(torch.Tensor x, torch.Tensor weight, double epsilon) =>
        x * x.square().mean([-1], keepdim: true).add(epsilon).rsqrt() * weight;
}

using TorchSharp;

namespace Baichuan.Compute.Torch.Layers;

/// <summary>The final norm and a rank's rows of the normalised head: logit = RMSNorm(x) . row * 1 / ||row||.</summary>
/// <param name="norm">[hidden]</param>
/// <param name="rows">[vocabulary part, hidden]</param>
/// <param name="scale">[vocabulary part], f32: 1 / ||row||</param>
internal sealed class VocabularyHead(torch.Tensor norm, torch.Tensor rows, torch.Tensor scale, double epsilon)
{
    /// <summary>[rows, hidden] to [rows, vocabulary part].</summary>
    public torch.Tensor Logits(torch.Tensor x) => MatrixProduct.Of(RmsNorm.Of(x, norm, epsilon), rows) * scale;
}

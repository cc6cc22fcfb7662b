using TorchSharp;

namespace Baichuan.Compute.Torch.Layers;

/// <summary>A rank's rows of the token embedding: [vocabulary part, hidden].</summary>
/// <param name="first">The token of its first row.</param>
internal sealed class Embedding(torch.Tensor rows, int first)
{
    /// <summary>The rank's term of the sum over ranks, in f32 [tokens, hidden]: zero for a token whose row another rank holds.</summary>
    /// <param name="tokens">[tokens], int64</param>
    public torch.Tensor Partial(torch.Tensor tokens)
    {
        var count = rows.shape[0];
        if (count == 0)
            return torch.zeros([tokens.shape[0], rows.shape[1]], dtype: torch.ScalarType.Float32, device: tokens.device);
        var index = tokens - first;
        var owned = index.ge(0).logical_and(index.lt(count)).unsqueeze(-1);
        return rows.index_select(0, index.clamp(0, count - 1)).to_type(torch.ScalarType.Float32) * owned;
    }
}

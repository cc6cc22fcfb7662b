using TorchSharp;

namespace Baichuan.Compute.Torch.Cache;

/// <summary>
/// One layer's raw (key, value) pair of each sequence's last position, which the short convolution of the next position reads: before convolution and
/// rotation, in f32. One pair more than there are sequences: it stays zero and stands for the position before the first.
/// </summary>
internal sealed class RawPairs(int sequences, int kvHeads, int headDim, torch.Device device)
{
    private readonly torch.Tensor _pairs = torch.zeros([sequences + 1, 2, kvHeads, headDim], dtype: torch.ScalarType.Float32, device: device);

    /// <summary>The pairs of the rows before each row. <paramref name="raw"/> is [rows, 2, kvHeads, headDim]; a row that begins a chunk
    /// (<paramref name="firstRows"/> [chunks]) takes the stored pair that <paramref name="pairs"/> [chunks] names.</summary>
    public torch.Tensor Before(torch.Tensor raw, torch.Tensor firstRows, torch.Tensor pairs) =>
        raw.roll(1, 0).index_copy_(0, firstRows, _pairs.index_select(0, pairs));

    /// <summary>Keeps the pairs of the chunks' last rows for their sequences; both are [chunks].</summary>
    public void Keep(torch.Tensor raw, torch.Tensor lastRows, torch.Tensor sequences) =>
        _pairs.index_copy_(0, sequences, raw.index_select(0, lastRows));
}

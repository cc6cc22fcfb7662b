using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch.Cache;

/// <summary>
/// The paged keys and values of one layer for a rank's KV heads: allocated once, written in place. A slot is a position's place in the pool,
/// block * 16 + offset.
/// </summary>
internal sealed class KvPool(long slots, int kvHeads, int headDim, torch.ScalarType type, torch.Device device)
{
    private readonly torch.Tensor _keys = torch.zeros([slots, kvHeads, headDim], dtype: type, device: device);
    private readonly torch.Tensor _values = torch.zeros([slots, kvHeads, headDim], dtype: type, device: device);

    /// <summary>Puts the keys and values of rows [rows, kvHeads, headDim] in their slots [rows].</summary>
    public void Write(torch.Tensor slots, torch.Tensor keys, torch.Tensor values)
    {
        _keys.index_copy_(0, slots, keys.to_type(_keys.dtype));
        _values.index_copy_(0, slots, values.to_type(_values.dtype));
    }

    /// <summary>The keys and values in slots [positions], in f32: [kvHeads, 1, positions, headDim] each.</summary>
    public (torch.Tensor Keys, torch.Tensor Values) Read(torch.Tensor slots) => (Read(_keys, slots), Read(_values, slots));

    /// <summary>Zeroes a block, keys and values.</summary>
    public void Zero(int block)
    {
        _keys.narrow(0, (long)block * KvBlockCounts.BlockPositions, KvBlockCounts.BlockPositions).zero_();
        _values.narrow(0, (long)block * KvBlockCounts.BlockPositions, KvBlockCounts.BlockPositions).zero_();
    }

    private static torch.Tensor Read(torch.Tensor pool, torch.Tensor slots) =>
        pool.index_select(0, slots).to_type(torch.ScalarType.Float32).transpose(0, 1).unsqueeze(1);
}

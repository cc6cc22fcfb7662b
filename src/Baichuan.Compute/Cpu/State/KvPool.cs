using System.Runtime.InteropServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Products;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.State;

/// <summary>
/// One layer's part of the paged KV cache, in the cache's type: K' (after convolution and rotary embedding) as [block, kvHead, headDim / 2] pairs of 16
/// positions (see <see cref="IFloats"/>), so that a vector of keys makes 16 scores, and V' (after convolution) as [block, kvHead, 16 positions, headDim]; and
/// per sequence the raw k, v of its last position, for the convolution of the next.
/// </summary>
internal sealed unsafe class KvPool
{
    private readonly KvType _type;
    private readonly int _headDim;
    private readonly int _rawLength;
    private readonly nint _keys;
    private readonly nint _values;

    // [sequences, 2 * kvHeads * headDim]
    private readonly float* _raw;

    public KvPool(NativeHeap heap, KvType type, int blocks, int kvHeads, int headDim, int sequences)
    {
        _type = type;
        _headDim = headDim;
        _rawLength = 2 * kvHeads * headDim;
        BlockStride = (nint)kvHeads * KvBlockCounts.BlockPositions * headDim;
        _keys = Allocate(heap, blocks * (long)BlockStride);
        _values = Allocate(heap, blocks * (long)BlockStride);
        _raw = heap.Reserve<float>((long)sequences * _rawLength);
    }

    /// <summary>Elements from a block to the next.</summary>
    public nint BlockStride { get; }

    /// <summary>K' of a KV head in block 0.</summary>
    public void* Keys(int kvHead) => (void*)(_keys + (Offset(0, kvHead, 0) * ElementBytes));

    /// <summary>V' of a KV head in block 0.</summary>
    public void* Values(int kvHead) => (void*)(_values + (Offset(0, kvHead, 0) * ElementBytes));

    /// <summary>The raw k, then v of a sequence's last position: [2 * kvHeads * headDim].</summary>
    public float* Raw(int sequence) => _raw + ((nint)sequence * _rawLength);

    /// <summary>Writes K' of one position and KV head.</summary>
    /// <param name="key">[headDim]</param>
    public void WriteKey(int block, int kvHead, int slot, ReadOnlySpan<float> key)
    {
        var offset = Offset(block, kvHead, 0);
        if (_type == KvType.F32)
        {
            for (var d = 0; d < key.Length; d++)
                ((float*)_keys)[offset + WideFloats.Place(d, slot)] = key[d];
            return;
        }

        for (var d = 0; d < key.Length; d++)
            ((Bf16*)_keys)[offset + NarrowFloats.Place(d, slot)] = Bf16.From(key[d]);
    }

    /// <summary>Writes V' of one position and KV head.</summary>
    /// <param name="value">[headDim]</param>
    public void WriteValue(int block, int kvHead, int slot, ReadOnlySpan<float> value)
    {
        var offset = Offset(block, kvHead, slot);
        if (_type == KvType.F32)
        {
            value.CopyTo(new Span<float>((float*)_values + offset, _headDim));
            return;
        }

        for (var d = 0; d < value.Length; d++)
            ((Bf16*)_values)[offset + d] = Bf16.From(value[d]);
    }

    /// <summary>Bytes of one position's keys and values.</summary>
    public int PositionBytes => _rawLength * ElementBytes;

    /// <summary>Copies one position out of the cache, or back in: K', then V', [2, kvHeads, headDim] in the cache's type.</summary>
    public void Move(int block, int slot, byte* position, bool isOut)
    {
        if (_type == KvType.F32)
            Move<float, WideFloats>((float*)_keys, (float*)_values, (float*)position, block, slot, isOut);
        else
            Move<Bf16, NarrowFloats>((Bf16*)_keys, (Bf16*)_values, (Bf16*)position, block, slot, isOut);
    }

    /// <summary>Copies a block out of the cache, or back in, as it lies there: 16 x <see cref="PositionBytes"/>.</summary>
    public void MoveBlock(int block, byte* copy, bool isOut)
    {
        var bytes = BlockStride * ElementBytes;
        foreach (var half in (ReadOnlySpan<nint>)[_keys, _values])
        {
            var there = (byte*)half + (block * bytes);
            Buffer.MemoryCopy(isOut ? there : copy, isOut ? copy : there, bytes, bytes);
            copy += bytes;
        }
    }

    /// <summary>Zeroes a block, keys and values.</summary>
    public void Zero(int block)
    {
        var (offset, bytes) = (block * BlockStride * ElementBytes, (nuint)(BlockStride * ElementBytes));
        NativeMemory.Clear((void*)(_keys + offset), bytes);
        NativeMemory.Clear((void*)(_values + offset), bytes);
    }

    private void Move<T, TFloats>(T* keys, T* values, T* position, int block, int slot, bool isOut)
        where T : unmanaged
        where TFloats : unmanaged, IFloats
    {
        var (kvHeads, keyLength) = (_rawLength / 2 / _headDim, _rawLength / 2);
        for (var head = 0; head < kvHeads; head++)
        {
            var key = keys + Offset(block, head, 0);
            var value = values + Offset(block, head, slot);
            for (var d = 0; d < _headDim; d++, position++)
            {
                var there = key + TFloats.Place(d, slot);
                if (isOut)
                    (position[0], position[keyLength]) = (*there, value[d]);
                else
                    (*there, value[d]) = (position[0], position[keyLength]);
            }
        }
    }

    private int ElementBytes => _type == KvType.BF16 ? 2 : 4;

    private nint Allocate(NativeHeap heap, long elements) => _type == KvType.BF16 ? (nint)heap.Allocate<Bf16>(elements) : (nint)heap.Allocate<float>(elements);

    private nint Offset(int block, int kvHead, int slot) =>
        (block * BlockStride) + ((((nint)kvHead * KvBlockCounts.BlockPositions) + slot) * _headDim);
}

using System.Runtime.InteropServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.State;

/// <summary>
/// One layer's part of the paged KV cache: K' (after convolution and rotary embedding) and V' (after convolution) as
/// [block, kvHead, 16 positions, headDim] each, in the cache's type; and per sequence the raw k, v of its last position, for the convolution of the next.
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
        _raw = heap.Allocate<float>((long)sequences * _rawLength);
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
    public void WriteKey(int block, int kvHead, int slot, ReadOnlySpan<float> key) => Write(_keys, Offset(block, kvHead, slot), key);

    /// <summary>Writes V' of one position and KV head.</summary>
    /// <param name="value">[headDim]</param>
    public void WriteValue(int block, int kvHead, int slot, ReadOnlySpan<float> value) => Write(_values, Offset(block, kvHead, slot), value);

    /// <summary>Zeroes a block, keys and values.</summary>
    public void Zero(int block)
    {
        var (offset, bytes) = (block * BlockStride * ElementBytes, (nuint)(BlockStride * ElementBytes));
        NativeMemory.Clear((void*)(_keys + offset), bytes);
        NativeMemory.Clear((void*)(_values + offset), bytes);
    }

    private int ElementBytes => _type == KvType.BF16 ? 2 : 4;

    private nint Allocate(NativeHeap heap, long elements) => _type == KvType.BF16 ? (nint)heap.Allocate<Bf16>(elements) : (nint)heap.Allocate<float>(elements);

    private nint Offset(int block, int kvHead, int slot) =>
        (block * BlockStride) + ((((nint)kvHead * KvBlockCounts.BlockPositions) + slot) * _headDim);

    private void Write(nint pool, nint offset, ReadOnlySpan<float> source)
    {
        if (_type == KvType.F32)
        {
            source.CopyTo(new Span<float>((float*)pool + offset, _headDim));
            return;
        }

        var destination = (Bf16*)pool + offset;
        for (var i = 0; i < source.Length; i++)
            destination[i] = Bf16.From(source[i]);
    }
}

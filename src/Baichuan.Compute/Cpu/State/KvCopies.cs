using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Sequences;
using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.State;

/// <summary>
/// A rank's copy of its partner's keys and values. Partners exchange what a step wrote when its layers are done, so whoever has run a step has both; a shard that takes the place of one gets its own blocks from the copy, and
/// the copy that it is to keep from the partner's own.
/// </summary>
internal sealed unsafe class KvCopies
{
    /// <summary>Positions that go over at once: bounds the memory for it.</summary>
    private const int Positions = 128;

    private readonly Shard _shard;
    private readonly Shard _partner;
    private readonly LayerKind[] _kinds; // by layer
    private readonly KvPool[] _own; // by layer
    private readonly KvPool[] _copies; // by layer
    private readonly int _copyBytes; // of one position
    private readonly byte* _mine;
    private readonly byte* _theirs;
    private readonly int[] _written = new int[Positions]; // rows

    public KvCopies(NativeHeap heap, Shard shard, Shard partner, IReadOnlyList<LayerWeights> layers, KvPool[] own, ExecutorOptions options)
    {
        (_shard, _partner, _own) = (shard, partner, own);
        _kinds = [.. layers.Select(layer => layer.Kind)];
        _copies = [.. layers.Select(layer =>
            new KvPool(heap, options.KvCache, options.Blocks.Of(layer.Kind), partner.Attention(layer.Kind).KvHeads.Count, layer.Geometry.HeadDim, sequences: 0))];
        _copyBytes = _copies.Sum(pool => pool.PositionBytes);
        var bytes = Positions * (long)(own.Sum(pool => pool.PositionBytes) + _copyBytes);
        _mine = heap.Reserve<byte>(bytes);
        _theirs = heap.Reserve<byte>(bytes);
    }

    /// <summary>Zeroes the copy of a block.</summary>
    public void Zero(in KvBlock zeroed)
    {
        for (var layer = 0; layer < _copies.Length; layer++)
        {
            if (_kinds[layer] == zeroed.Kind)
                _copies[layer].Zero(zeroed.Block);
        }
    }

    /// <summary>Hands the partner what the step's rows wrote, and takes what it wrote.</summary>
    public void Exchange(StepRows rows, SequenceTable sequences, IShardPeers peers)
    {
        var written = 0;
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows.WritesCache(row))
                _written[written++] = row;
            if (written == Positions || (written > 0 && row == rows.Count - 1))
            {
                var mine = Move(_own, _mine, _written.AsSpan(0, written), rows, sequences, isOut: true);
                peers.ExchangeWithPartner(Values(_mine, mine), Values(_theirs, written * _copyBytes));
                Move(_copies, _theirs, _written.AsSpan(0, written), rows, sequences, isOut: false);
                written = 0;
            }
        }
    }

    /// <summary>Restores a step's blocks where they were lost: here, or at the partner. Every rank of the stage takes part, so that all count the same operations.</summary>
    public void Restore(StepBatch batch, IShardPeers peers)
    {
        var blocks = batch.RestoredBlocks;
        var takes = batch.LostShards.Contains(_shard.Index);
        var gives = batch.LostShards.Contains(_partner.Index);
        while (!blocks.IsEmpty)
        {
            var part = blocks[..Math.Min(blocks.Length, Positions / KvBlockCounts.BlockPositions)];
            var bytes = 0;
            foreach (var (kind, _) in part)
                bytes += BlockBytes(kind);
            if (gives)
                Move(_copies, _own, part, _mine, isOut: true);
            peers.ExchangeWithPartner(Values(_mine, gives ? bytes : 0), Values(_theirs, takes ? bytes : 0));
            if (takes)
                Move(_own, _copies, part, _theirs, isOut: false);
            blocks = blocks[part.Length..];
        }
    }

    private int Move(KvPool[] pools, byte* at, ReadOnlySpan<int> written, StepRows rows, SequenceTable sequences, bool isOut)
    {
        var begin = at;
        foreach (var row in written)
        {
            var (index, slot) = Math.DivRem(rows.Position(row), KvBlockCounts.BlockPositions);
            for (var layer = 0; layer < pools.Length; layer++)
            {
                pools[layer].Move(sequences.Blocks(rows.ChunkOf(row).Sequence, _kinds[layer])[index], slot, at, isOut);
                at += pools[layer].PositionBytes;
            }
        }

        return (int)(at - begin);
    }

    // The two pools of a layer one after the other: the lost shard's own, and the one of its copies.
    private void Move(KvPool[] lost, KvPool[] kept, ReadOnlySpan<KvBlock> blocks, byte* at, bool isOut)
    {
        foreach (var (kind, block) in blocks)
        {
            for (var layer = 0; layer < _kinds.Length; layer++)
            {
                if (_kinds[layer] != kind)
                    continue;
                lost[layer].MoveBlock(block, at, isOut);
                at += KvBlockCounts.BlockPositions * lost[layer].PositionBytes;
                kept[layer].MoveBlock(block, at, isOut);
                at += KvBlockCounts.BlockPositions * kept[layer].PositionBytes;
            }
        }
    }

    private int BlockBytes(LayerKind kind)
    {
        var bytes = 0;
        for (var layer = 0; layer < _kinds.Length; layer++)
        {
            if (_kinds[layer] == kind)
                bytes += KvBlockCounts.BlockPositions * (_own[layer].PositionBytes + _copies[layer].PositionBytes);
        }

        return bytes;
    }

    // Bytes travel as values: two of 16 bits each are one of 32.
    private static Span<float> Values(byte* bytes, int count) => new(bytes, count / sizeof(float));
}

using Baichuan.Compute.Sequences;
using Baichuan.Compute.Torch.Layers;
using Baichuan.Model;
using Baichuan.Model.Execution;
using TorchSharp;
using static Baichuan.Model.Plan.KvBlockCounts;

namespace Baichuan.Compute.Torch.Step;

/// <summary>Lays out what the layers of one kind need of a step: slots from block tables, what each chunk sees, angles.</summary>
internal sealed unsafe class KindLayout
{
    private readonly LayerKind _kind;
    private readonly SequenceTable _sequences;
    private readonly long _window; // positions that a row sees, its own included
    private readonly torch.Tensor _inverseFrequencies;
    private readonly torch.Tensor _blockOffsets; // [16]: 0 .. 15
    private readonly IndexList _writtenSlots;
    private readonly IndexList _blocks; // of what the chunks see, chunk after chunk

    public KindLayout(ModelConfig config, LayerKind kind, SequenceTable sequences, IndexUpload upload, torch.Device device)
    {
        _kind = kind;
        _sequences = sequences;
        _window = kind == LayerKind.Sliding ? config.SlidingWindow : long.MaxValue;
        _inverseFrequencies = Rotary.InverseFrequencies(config.RopeTheta, config.Attention(kind).HeadDim, device);
        _blockOffsets = torch.arange(BlockPositions, dtype: torch.ScalarType.Int64, device: device);
        _writtenSlots = upload.NewList();
        _blocks = upload.NewList();
    }

    /// <summary>Adds the slots of the rows that are written, and the blocks of what the chunks see, to the upload.</summary>
    public void Add(StepRows rows)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            var (block, offset) = Math.DivRem(rows.Position(row), BlockPositions);
            if (rows.WritesCache(row))
                _writtenSlots.Add(((long)_sequences.Blocks(rows.ChunkOf(row).Sequence, _kind)[block] * BlockPositions) + offset);
        }

        foreach (ref readonly var chunk in rows.Chunks)
        {
            for (var index = FirstVisible(chunk) / BlockPositions; index < For(End(chunk)); index++)
                _blocks.Add(_sequences.Blocks(chunk.Sequence, _kind)[index]);
        }
    }

    /// <summary>Forms the kind's tensors from what was sent.</summary>
    /// <param name="positions">[rows], int64</param>
    public KindTensors Form(StepRows rows, torch.Tensor positions)
    {
        // [blocks, 16]
        var slots = (_blocks.OnDevice.unsqueeze(1) * BlockPositions) + _blockOffsets;
        var chunks = new ChunkTensors[rows.Chunks.Length];
        for (int i = 0, block = 0; i < chunks.Length; i++)
        {
            ref readonly var chunk = ref rows.Chunks[i];
            var (row, first) = (rows.FirstRow(i), FirstVisible(chunk));
            var blocks = For(End(chunk)) - (first / BlockPositions);
            var visible = slots.narrow(0, block, blocks).flatten().narrow(0, first % BlockPositions, End(chunk) - first);
            chunks[i] = new ChunkTensors(row, chunk.Count, visible, Mask(chunk, positions.narrow(0, row, chunk.Count)));
            block += blocks;
        }

        return new KindTensors(new Rotary(positions, _inverseFrequencies), _writtenSlots.OnDevice, chunks);
    }

    /// <summary>The first position that a row of the chunk sees.</summary>
    private int FirstVisible(in Chunk chunk) => (int)Math.Max(0, chunk.Start - _window + 1);

    private static int End(in Chunk chunk) => chunk.Start + chunk.Count;

    private torch.Tensor? Mask(in Chunk chunk, torch.Tensor positions)
    {
        if (chunk.Count == 1)
            return null;
        var seen = torch.arange(FirstVisible(chunk), End(chunk), dtype: torch.ScalarType.Int64, device: positions.device);
        var distance = positions.unsqueeze(1) - seen;
        return distance.ge(0).logical_and(distance.lt(_window));
    }
}

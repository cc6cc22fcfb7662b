using Baichuan.Compute.Sequences;
using Baichuan.Model;
using Baichuan.Model.Execution;
using TorchSharp;

namespace Baichuan.Compute.Torch.Step;

/// <summary>
/// Lays a step's rows out on the device: token ids, positions and block tables go up in one transfer; slots, masks and angles are formed there.
/// One per executor, reused from step to step.
/// </summary>
internal sealed class StepLayout
{
    private readonly SequenceTable _sequences;
    private readonly IndexUpload _upload;
    private readonly KindLayout? _global;
    private readonly KindLayout? _sliding;
    private readonly int _zeroPair;
    private readonly IndexList _tokens, _positions, _writtenRows, _outputRows; // by row
    private readonly IndexList _firstRows, _lastRows, _pairsBefore, _chunkSequences; // by chunk

    /// <param name="layers">The stage's layers: a kind that is not among them is not laid out.</param>
    /// <param name="zeroPair">The raw pair that stands for the position before the first.</param>
    public StepLayout(ModelConfig config, IndexRange layers, SequenceTable sequences, int zeroPair, torch.Device device)
    {
        _sequences = sequences;
        _upload = new IndexUpload(device);
        _global = config.CountLayers(layers, LayerKind.Global) > 0 ? new KindLayout(config, LayerKind.Global, sequences, _upload, device) : null;
        _sliding = config.CountLayers(layers, LayerKind.Sliding) > 0 ? new KindLayout(config, LayerKind.Sliding, sequences, _upload, device) : null;
        _zeroPair = zeroPair;
        _tokens = _upload.NewList();
        _positions = _upload.NewList();
        _writtenRows = _upload.NewList();
        _outputRows = _upload.NewList();
        _firstRows = _upload.NewList();
        _lastRows = _upload.NewList();
        _pairsBefore = _upload.NewList();
        _chunkSequences = _upload.NewList();
    }

    /// <summary>The step's tensors; they live in the caller's dispose scope.</summary>
    public StepTensors Lay(StepRows rows)
    {
        AddRows(rows);
        AddChunks(rows);
        _global?.Add(rows);
        _sliding?.Add(rows);
        _upload.Send();
        return new StepTensors
        {
            Tokens = _tokens.OnDevice,
            WrittenRows = _writtenRows.OnDevice.shape[0] == rows.Count ? null : _writtenRows.OnDevice,
            OutputRows = _outputRows.OnDevice,
            FirstRows = _firstRows.OnDevice,
            LastRows = _lastRows.OnDevice,
            PairsBefore = _pairsBefore.OnDevice,
            Sequences = _chunkSequences.OnDevice,
            Global = _global?.Form(rows, _positions.OnDevice),
            Sliding = _sliding?.Form(rows, _positions.OnDevice),
        };
    }

    private void AddRows(StepRows rows)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            _tokens.Add(_sequences.Tokens(rows.ChunkOf(row).Sequence)[rows.Position(row)]);
            _positions.Add(rows.Position(row));
            if (rows.WritesCache(row))
                _writtenRows.Add(row);
        }

        foreach (var row in rows.OutputRows)
            _outputRows.Add(row);
    }

    private void AddChunks(StepRows rows)
    {
        for (var i = 0; i < rows.Chunks.Length; i++)
        {
            ref readonly var chunk = ref rows.Chunks[i];
            _firstRows.Add(rows.FirstRow(i));
            _lastRows.Add(rows.FirstRow(i) + chunk.Count - 1);
            _chunkSequences.Add(chunk.Sequence);
            // A replayed row's keys and values are cached already: it runs for its own raw pair, whatever stands before it.
            _pairsBefore.Add(chunk.Start == 0 || (chunk.Flags & ChunkFlags.ReplayFirst) != 0 ? _zeroPair : chunk.Sequence);
        }
    }
}

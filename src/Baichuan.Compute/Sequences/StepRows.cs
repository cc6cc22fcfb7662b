using Baichuan.Model.Execution;

namespace Baichuan.Compute.Sequences;

/// <summary>The rows of the current step, laid out from its chunks; arrays are sized once, by the most rows of a step.</summary>
internal sealed class StepRows(int maxRows)
{
    private readonly int[] _positions = new int[maxRows];
    private readonly int[] _chunkOfRow = new int[maxRows];
    private readonly Chunk[] _chunks = new Chunk[maxRows];
    private readonly int[] _firstRows = new int[maxRows];
    private readonly int[] _outputRows = new int[maxRows];
    private int _chunkCount;
    private int _outputCount;

    /// <summary>Rows of the step.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<Chunk> Chunks => _chunks.AsSpan(0, _chunkCount);

    /// <summary>The rows whose logits are needed, in order.</summary>
    public ReadOnlySpan<int> OutputRows => _outputRows.AsSpan(0, _outputCount);

    public int Position(int row) => _positions[row];

    public ref readonly Chunk ChunkOf(int row) => ref _chunks[_chunkOfRow[row]];

    /// <summary>The first row of a chunk.</summary>
    public int FirstRow(int chunk) => _firstRows[chunk];

    public bool IsFirstOfChunk(int row) => _firstRows[_chunkOfRow[row]] == row;

    public bool IsLastOfChunk(int row) => row == Count - 1 || _chunkOfRow[row + 1] != _chunkOfRow[row];

    /// <summary>False for a replayed row, whose keys and values are cached already.</summary>
    public bool WritesCache(int row) => !IsFirstOfChunk(row) || (ChunkOf(row).Flags & ChunkFlags.ReplayFirst) == 0;

    /// <exception cref="StepBatchException">The step has more rows than fit.</exception>
    public void Clear(int rows)
    {
        if (rows > maxRows)
            throw new StepBatchException($"A step has {rows} rows; MaxBatchRows is {maxRows}.");
        Count = 0;
        _chunkCount = 0;
        _outputCount = 0;
    }

    public void Add(in Chunk chunk)
    {
        _chunks[_chunkCount] = chunk;
        _firstRows[_chunkCount] = Count;
        for (var i = 0; i < chunk.Count; i++)
        {
            _positions[Count] = chunk.Start + i;
            _chunkOfRow[Count] = _chunkCount;
            if ((chunk.Flags & (ChunkFlags.Logits | ChunkFlags.Score)) != 0 || (i == chunk.Count - 1 && (chunk.Flags & ChunkFlags.Sample) != 0))
                _outputRows[_outputCount++] = Count;
            Count++;
        }

        _chunkCount++;
    }
}

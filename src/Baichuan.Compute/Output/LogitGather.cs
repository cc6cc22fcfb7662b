using Baichuan.Model;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Output;

/// <summary>
/// Brings rows of logits, whose vocabulary is cut over the ranks of the last stage, together on rank 0: a few rows at a time, which bounds the buffers
/// where the vocabulary is large.
/// </summary>
internal sealed unsafe class LogitGather
{
    /// <summary>Most rows that are gathered at once.</summary>
    public const int TileRows = 16;

    private readonly IndexRange[] _vocabularies;
    private readonly int[] _counts;
    private readonly int _vocabularySize;
    private readonly bool _isFirst;

    // Rank 0: [ranks][TileRows, their vocabulary], and one row of the whole vocabulary.
    private readonly float* _gathered;
    private readonly float* _row;
    private int _rows;

    public LogitGather(NativeHeap heap, ShardPlan plan, Shard shard)
    {
        _vocabularies = [.. Enumerable.Range(0, plan.TensorParallel).Select(r => plan[shard.Stage, r].Vocabulary)];
        _counts = new int[plan.TensorParallel];
        _vocabularySize = plan.Config.VocabularySize;
        _isFirst = shard.Rank == 0;
        if (!_isFirst)
            return;
        _gathered = heap.Allocate<float>((long)TileRows * _vocabularySize);
        _row = heap.Allocate<float>(_vocabularySize);
    }

    /// <summary>Gathers rows; every rank calls it with the same number of them.</summary>
    /// <param name="logits">[rows, this rank's vocabulary]</param>
    /// <param name="rows">Up to <see cref="TileRows"/>.</param>
    public void Gather(ReadOnlySpan<float> logits, int rows, IShardPeers peers)
    {
        _rows = rows;
        for (var rank = 0; rank < _counts.Length; rank++)
            _counts[rank] = rows * _vocabularies[rank].Count;
        peers.GatherToFirst(logits, _isFirst ? Gathered : default, _counts);
    }

    /// <summary>A gathered row, put together from the ranks' slices: [vocabulary], the caller's until the next call. On rank 0.</summary>
    public Span<float> Row(int row)
    {
        var all = new Span<float>(_row, _vocabularySize);
        foreach (var vocabulary in _vocabularies)
            Gathered.Slice((_rows * vocabulary.Start) + (row * vocabulary.Count), vocabulary.Count).CopyTo(all[vocabulary.Start..]);
        return all;
    }

    private Span<float> Gathered => new(_gathered, _rows * _vocabularySize);
}

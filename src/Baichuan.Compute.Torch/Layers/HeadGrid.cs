using Baichuan.Model;
using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch.Layers;

/// <summary>
/// Lays a rank's query heads out as a grid [kvHeads, queries per KV head], so that one batched product serves all of them without copying keys and
/// values per query head. A rank whose heads begin or end inside a KV head's share (T = 3, say) leaves places of the grid unused: they repeat
/// head 0 and their results are dropped.
/// </summary>
internal sealed class HeadGrid
{
    private readonly torch.Tensor? _headOfPlace; // [places], null where the grid is the heads in order
    private readonly torch.Tensor? _placeOfHead; // [heads]

    public HeadGrid(AttentionCut cut, AttentionGeometry geometry, torch.Device device)
    {
        var kvHeadOf = Enumerable.Range(cut.Heads.Start, cut.Heads.Count).Select(h => (h / geometry.QueriesPerKvHead) - cut.KvHeads.Start).ToArray();
        KvHeads = cut.KvHeads.Count;
        Queries = kvHeadOf.GroupBy(kv => kv).Max(heads => heads.Count());
        if (kvHeadOf.Length == KvHeads * Queries)
            return;
        var headOfPlace = new long[KvHeads * Queries];
        var placeOfHead = new long[kvHeadOf.Length];
        for (var head = 0; head < kvHeadOf.Length; head++)
        {
            placeOfHead[head] = (kvHeadOf[head] * Queries) + head - Array.IndexOf(kvHeadOf, kvHeadOf[head]);
            headOfPlace[placeOfHead[head]] = head;
        }

        _headOfPlace = torch.tensor(headOfPlace, device: device);
        _placeOfHead = torch.tensor(placeOfHead, device: device);
    }

    public int KvHeads { get; }

    /// <summary>Places per KV head.</summary>
    public int Queries { get; }

    /// <summary>[rows, heads, headDim] to [kvHeads, queries, rows, headDim].</summary>
    public torch.Tensor Spread(torch.Tensor heads)
    {
        var places = heads.transpose(0, 1);
        if (_headOfPlace is not null)
            places = places.index_select(0, _headOfPlace);
        return places.unflatten(0, KvHeads, Queries);
    }

    /// <summary>[kvHeads, queries, rows, headDim] to [rows, heads * headDim].</summary>
    public torch.Tensor Collect(torch.Tensor grid)
    {
        var heads = grid.flatten(0, 1);
        if (_placeOfHead is not null)
            heads = heads.index_select(0, _placeOfHead);
        return heads.transpose(0, 1).flatten(1);
    }
}

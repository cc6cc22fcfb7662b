using Baichuan.Compute.Cpu.Attention;
using Baichuan.Compute.Cpu.Weights;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>A few query heads of a rank that read one KV head; heads are numbered inside the rank.</summary>
internal readonly record struct HeadTile(int FirstHead, int Heads, int KvHead)
{
    /// <summary>Cuts a layer's query heads into tiles.</summary>
    public static HeadTile[] Of(LayerWeights layer)
    {
        var tiles = new List<HeadTile>();
        var (heads, kvHeads) = (layer.Cut.Heads, layer.Cut.KvHeads);
        for (var head = heads.Start; head < heads.End;)
        {
            var kvHead = head / layer.Geometry.QueriesPerKvHead;
            var end = Math.Min(Math.Min(heads.End, (kvHead + 1) * layer.Geometry.QueriesPerKvHead), head + AttentionTile.MaxHeads);
            tiles.Add(new HeadTile(head - heads.Start, end - head, kvHead - kvHeads.Start));
            head = end;
        }

        return [.. tiles];
    }
}

using Baichuan.Compute.Torch.Layers;
using Baichuan.Model;
using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch.Tests.Layers;

public sealed class HeadGridTests
{
    private static readonly AttentionGeometry Geometry = new(Heads: 20, KvHeads: 2, HeadDim: 2);

    public HeadGridTests() => _ = TestTorch.Factory;

    [Theory]
    [InlineData(0, 20)]
    [InlineData(0, 10)]
    [InlineData(6, 13)]
    [InlineData(13, 20)]
    [InlineData(9, 11)]
    [InlineData(19, 20)]
    public void Every_head_stands_in_the_row_of_its_kv_head_and_comes_back(int first, int end)
    {
        var heads = new IndexRange(first, end);
        using var scope = torch.NewDisposeScope();
        var grid = new HeadGrid(new AttentionCut(heads, Geometry.KvHeadsOf(heads), [heads]), Geometry, torch.CPU);
        // The value of a head is its number, the second component that of the row.
        var numbers = torch.arange(first, end, dtype: torch.ScalarType.Float32).reshape(1, -1, 1).expand(3, -1, 1);
        var rows = torch.arange(3, dtype: torch.ScalarType.Float32).reshape(-1, 1, 1).expand(3, heads.Count, 1);
        var queries = torch.cat([numbers, rows], -1);

        var spread = grid.Spread(queries);

        Assert.Equal([grid.KvHeads, grid.Queries, 3, 2], spread.shape);
        for (var head = first; head < end; head++)
        {
            var row = (head / 10) - Geometry.KvHeadsOf(heads).Start;
            Assert.Contains(head, spread[row].select(-1, 0).flatten().data<float>().ToArray());
        }

        Assert.True(grid.Collect(spread).reshape(3, -1, 2).equal(queries).all().item<bool>());
    }
}

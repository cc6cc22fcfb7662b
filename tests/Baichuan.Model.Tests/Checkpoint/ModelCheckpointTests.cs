using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Model.Tests.Checkpoint;

public sealed class ModelCheckpointTests
{
    [Theory]
    [InlineData("tiny", StoredType.F32)]
    [InlineData("geometry14b", StoredType.BF16)]
    public void Every_cut_of_a_golden_checkpoint_reads_the_same_numbers_as_the_whole(string name, StoredType type)
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder(name));
        var whole = ShardPlan.Create(checkpoint.Config, 1, 1).Shards[0].Tensors.ToDictionary(t => t.Name);
        foreach (var shards in new[] { 1, 2, 3, 4 })
        {
            foreach (var slice in ShardPlan.Create(checkpoint.Config, shards, 2).Shards.SelectMany(s => s.Tensors))
            {
                Assert.Equal(type, checkpoint.TypeOf(slice.Name));
                var all = Read(checkpoint, whole[slice.Name], 0, whole[slice.Name].RowCount);
                var rows = slice.Rows.SelectMany(r => Enumerable.Range(r.Start, r.Count)).ToArray();
                var width = whole[slice.Name].Columns.Count;
                var expected = rows.SelectMany(r => all[((r * width) + slice.Columns.Start)..((r * width) + slice.Columns.End)]).ToArray();
                Assert.Equal(expected, Read(checkpoint, slice, 0, slice.RowCount));
                var (first, count) = (slice.RowCount / 3, slice.RowCount / 2);
                Assert.Equal(expected[(first * slice.Columns.Count)..((first + count) * slice.Columns.Count)], Read(checkpoint, slice, first, count));
            }
        }
    }

    [Fact]
    public void Numbers_and_positions_are_those_of_the_file()
    {
        using var checkpoint = ModelCheckpoint.Open(GoldenCases.Folder("tiny"));
        var embedding = ShardPlan.Create(checkpoint.Config, 1, 1).Shards[0].Tensors[0];
        var bytes = File.ReadAllBytes(Path.Combine(GoldenCases.Folder("tiny"), "model.safetensors"));
        var start = 8 + (int)BitConverter.ToUInt64(bytes);
        Assert.Equal(BitConverter.ToSingle(bytes, start + (4 * ((3 * 64) + 5))), Read(checkpoint, embedding, 3, 1)[5]);
    }

    private static float[] Read(ModelCheckpoint checkpoint, TensorSlice slice, int firstRow, int rowCount)
    {
        var values = new float[rowCount * slice.Columns.Count];
        checkpoint.ReadRows(slice, firstRow, rowCount, values);
        return values;
    }
}

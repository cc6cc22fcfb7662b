using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Model.Tests.Checkpoint;

public sealed class ReadRowsTests
{
    private static readonly TensorSlice s_embedding = SmallCheckpoint.Tensors[0];

    [Theory]
    [InlineData(StoredType.F32)]
    [InlineData(StoredType.BF16)]
    [InlineData(StoredType.F16)]
    public void Rows_and_columns_are_gathered_from_every_type(StoredType type)
    {
        using var model = new RandomFolder(SmallCheckpoint.Config, 3, type);
        using var checkpoint = ModelCheckpoint.Open(model.Folder);
        var whole = new float[s_embedding.ElementCount];
        checkpoint.ReadRows(s_embedding, 0, s_embedding.RowCount, whole);
        var cut = s_embedding with { Rows = [new(4, 6), new(1, 1), new(0, 2)], Columns = new(3, 5) };
        var values = new float[6];
        checkpoint.ReadRows(cut, 1, 3, values);
        Assert.Equal([whole[43], whole[44], whole[3], whole[4], whole[11], whole[12]], values);
        Assert.Equal(type, checkpoint.TypeOf(s_embedding.Name));
    }

    [Fact]
    public void A_slice_that_spans_many_stretches_is_read_whole()
    {
        // 3 x 2^20 numbers of bf16: 6 MiB, where a stretch has at most 4.
        var config = SmallCheckpoint.Config.Replace("\"vocab_size\": 6", "\"vocab_size\": 400000", StringComparison.Ordinal);
        using var model = new RandomFolder(config, 3, StoredType.BF16);
        using var checkpoint = ModelCheckpoint.Open(model.Folder);
        var embedding = ShardPlan.Create(checkpoint.Config, 1, 1).Shards[0].Tensors[0];
        var whole = new float[embedding.ElementCount];
        checkpoint.ReadRows(embedding, 0, embedding.RowCount, whole);
        var cut = new float[embedding.RowCount * 2];
        checkpoint.ReadRows(embedding with { Columns = new(5, 7) }, 0, embedding.RowCount, cut);
        var row = new float[8];
        for (var index = 0; index < embedding.RowCount; index += 37)
        {
            checkpoint.ReadRows(embedding, index, 1, row);
            Assert.True(row.AsSpan().SequenceEqual(whole.AsSpan(index * 8, 8)));
            Assert.True(row.AsSpan(5, 2).SequenceEqual(cut.AsSpan(index * 2, 2)));
        }
    }

    [Theory]
    [InlineData(StoredType.F32)]
    [InlineData(StoredType.BF16)]
    public void A_file_that_is_truncated_after_opening_is_refused_at_the_read(StoredType type)
    {
        using var model = new RandomFolder(SmallCheckpoint.Config, 3, type);
        using var checkpoint = ModelCheckpoint.Open(model.Folder);
        var head = SmallCheckpoint.Tensors[^1];
        using (var file = new FileStream(Path.Combine(model.Folder, SmallCheckpoint.File), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(file.Length - 5);
        var e = Assert.Throws<ModelFormatException>(() => checkpoint.ReadRows(head, 0, head.RowCount, new float[head.ElementCount]));
        Assert.Contains("was truncated while being read", e.Message, StringComparison.Ordinal);
        Assert.Contains(head.Name, e.Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => checkpoint.Digest);
    }

    [Fact]
    public void Many_threads_read_the_same_numbers()
    {
        using var model = new RandomFolder(SmallCheckpoint.Config, 3, StoredType.BF16);
        using var checkpoint = ModelCheckpoint.Open(model.Folder);
        var expected = Read(checkpoint);
        Parallel.For(0, 200, _ => Assert.Equal(expected, Read(checkpoint)));
    }

    [Fact]
    public void Reads_that_lie_outside_the_slice_or_the_tensor_are_the_callers_fault()
    {
        using var model = new RandomFolder(SmallCheckpoint.Config, 3, StoredType.F32);
        using var checkpoint = ModelCheckpoint.Open(model.Folder);
        Assert.ThrowsAny<ArgumentException>(() => checkpoint.ReadRows(s_embedding, 5, 2, new float[16]));
        Assert.ThrowsAny<ArgumentException>(() => checkpoint.ReadRows(s_embedding, -1, 1, new float[8]));
        Assert.ThrowsAny<ArgumentException>(() => checkpoint.ReadRows(s_embedding, 0, 1, new float[9]));
        Assert.ThrowsAny<ArgumentException>(() => checkpoint.ReadRows(s_embedding with { Columns = new(0, 9) }, 0, 1, new float[9]));
        Assert.ThrowsAny<ArgumentException>(() => checkpoint.ReadRows(s_embedding with { Rows = [new(6, 7)] }, 0, 1, new float[8]));
        Assert.ThrowsAny<ArgumentException>(() => checkpoint.ReadRows(s_embedding with { Name = "no.such" }, 0, 1, new float[8]));
    }

    private static float[] Read(ModelCheckpoint checkpoint)
    {
        var values = new float[s_embedding.ElementCount];
        checkpoint.ReadRows(s_embedding, 0, s_embedding.RowCount, values);
        return values;
    }
}

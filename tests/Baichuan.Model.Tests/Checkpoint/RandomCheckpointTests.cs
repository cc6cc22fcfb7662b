using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Model.Tests.Checkpoint;

public sealed class RandomCheckpointTests
{
    private static readonly string s_tinyConfig = Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny", "config.json");

    [Fact]
    public void The_same_seed_gives_the_same_files_and_another_seed_others()
    {
        using var first = Tiny(1, StoredType.BF16);
        using var second = Tiny(1, StoredType.BF16);
        using var other = Tiny(2, StoredType.BF16);
        Assert.Equal(Bytes(first), Bytes(second));
        Assert.NotEqual(Bytes(first), Bytes(other));
    }

    [Fact]
    public void Several_files_hold_the_same_numbers_as_one()
    {
        using var one = Tiny(1, StoredType.F32);
        using var many = Tiny(1, StoredType.F32, 200_000);
        Assert.InRange(Directory.GetFiles(many.Folder, "*.safetensors").Length, 3, 100);
        Assert.All(Directory.GetFiles(many.Folder, "*.safetensors"), f => Assert.InRange(new FileInfo(f).Length, 1, 210_000));
        using var whole = ModelCheckpoint.Open(one.Folder);
        using var split = ModelCheckpoint.Open(many.Folder);
        foreach (var tensor in Tensors(whole))
            Assert.Equal(Read(whole, tensor), Read(split, tensor));
    }

    [Fact]
    public void A_narrow_type_holds_the_rounded_numbers()
    {
        using var wide = Tiny(1, StoredType.F32);
        using var narrow = Tiny(1, StoredType.BF16);
        using var exact = ModelCheckpoint.Open(wide.Folder);
        using var rounded = ModelCheckpoint.Open(narrow.Folder);
        foreach (var tensor in Tensors(exact))
        {
            var values = Read(exact, tensor);
            var bytes = new byte[values.Length * 2];
            FloatConversion.FromSingle(values, StoredType.BF16, bytes);
            FloatConversion.ToSingle(bytes, StoredType.BF16, values);
            Assert.Equal(values, Read(rounded, tensor));
        }
    }

    [Fact]
    public void Numbers_follow_the_reference_distributions()
    {
        using var folder = Tiny(1, StoredType.F32);
        using var checkpoint = ModelCheckpoint.Open(folder.Folder);
        var norms = Tensors(checkpoint).Where(t => t.Shape.Count == 1).SelectMany(t => Read(checkpoint, t)).ToArray();
        Close(1, 0.1, norms);
        foreach (var tensor in Tensors(checkpoint).Where(t => t.Shape.Count == 2))
            Close(0, 1 / Math.Sqrt(tensor.Shape[1]), Read(checkpoint, tensor));
        foreach (var pair in Tensors(checkpoint).Where(t => t.Shape.Count == 5).SelectMany(t => Read(checkpoint, t).Chunk(2)))
        {
            Assert.Equal(1, pair[0] + pair[1], 1e-6);
            Assert.InRange(pair[0], 0, 1);
        }
    }

    [Fact]
    public void Tensors_and_neighbouring_numbers_are_independent()
    {
        using var folder = Tiny(1, StoredType.F32);
        using var checkpoint = ModelCheckpoint.Open(folder.Folder);
        var gate = Read(checkpoint, Tensors(checkpoint).First(t => t.Name == TensorNames.Gate(0)));
        var up = Read(checkpoint, Tensors(checkpoint).First(t => t.Name == TensorNames.Up(0)));
        Assert.InRange(Correlation(gate, up), -0.05, 0.05);
        Assert.InRange(Correlation(gate[1..], gate[..^1]), -0.05, 0.05);
        Assert.InRange(Correlation(gate[64..], gate[..^64]), -0.05, 0.05);
    }

    [Fact]
    public void A_folder_that_is_not_empty_is_refused_and_left_alone()
    {
        using var folder = Tiny(1, StoredType.BF16);
        var before = Bytes(folder);
        var e = Assert.Throws<ModelFormatException>(() => RandomCheckpoint.Write(s_tinyConfig, 2, StoredType.F32, folder.Folder, CancellationToken.None));
        Assert.Contains("not empty", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, Bytes(folder));
    }

    [Fact]
    public void A_cancelled_write_leaves_no_files()
    {
        var folder = Directory.CreateTempSubdirectory("random-checkpoint-").FullName;
        Assert.ThrowsAny<OperationCanceledException>(() => RandomCheckpoint.Write(s_tinyConfig, 1, StoredType.F32, folder, new CancellationToken(true)));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder);
    }

    [Fact]
    public void A_missing_config_is_refused()
    {
        var e = Assert.Throws<ModelFormatException>(
            () => RandomCheckpoint.Write("/no/such/config.json", 1, StoredType.F32, Path.GetTempPath(), CancellationToken.None));
        Assert.Contains("cannot be read", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_digest_changes_with_config_header_and_the_edges_of_tensors_only()
    {
        using var folder = Tiny(1, StoredType.F32);
        var digest = Digest(folder);
        Assert.Equal(64, digest.Length);
        Assert.Equal(digest, Digest(folder));
        var weights = Path.Combine(folder.Folder, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        var data = 8 + (int)BitConverter.ToUInt64(bytes);
        // The embedding is the first tensor: 64 KiB.
        var seen = new HashSet<string> { digest };
        (int Position, bool Changes)[] flips = [(data, true), (data + 4095, true), (data + 30_000, false), (data + 65_535, true), (bytes.Length - 1, true)];
        foreach (var (position, changes) in flips)
        {
            bytes[position] ^= 1;
            File.WriteAllBytes(weights, bytes);
            Assert.Equal(changes, seen.Add(Digest(folder)));
            bytes[position] ^= 1;
        }

        File.WriteAllBytes(weights, bytes);
        File.AppendAllText(Path.Combine(folder.Folder, "config.json"), " ");
        Assert.True(seen.Add(Digest(folder)));
    }

    private static RandomFolder Tiny(ulong seed, StoredType type, long maxFileBytes = long.MaxValue) =>
        new(File.ReadAllText(s_tinyConfig), seed, type, maxFileBytes);

    private static byte[] Bytes(RandomFolder folder) => File.ReadAllBytes(Path.Combine(folder.Folder, "model.safetensors"));

    private static string Digest(RandomFolder folder)
    {
        using var checkpoint = ModelCheckpoint.Open(folder.Folder);
        return checkpoint.Digest;
    }

    private static IReadOnlyList<TensorSlice> Tensors(ModelCheckpoint checkpoint) => ShardPlan.Create(checkpoint.Config, 1, 1).Shards[0].Tensors;

    private static float[] Read(ModelCheckpoint checkpoint, TensorSlice tensor)
    {
        var values = new float[tensor.ElementCount];
        checkpoint.ReadRows(tensor, 0, tensor.RowCount, values);
        return values;
    }

    // Mean within five standard errors, deviation within 5 %.
    private static void Close(double mean, double deviation, float[] values)
    {
        var average = values.Average(v => (double)v);
        var spread = Math.Sqrt(values.Average(v => (v - average) * (v - average)));
        Assert.InRange(average, mean - (5 * deviation / Math.Sqrt(values.Length)), mean + (5 * deviation / Math.Sqrt(values.Length)));
        Assert.InRange(spread, 0.95 * deviation, 1.05 * deviation);
    }

    private static double Correlation(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            xy += x[i] * y[i];
            xx += x[i] * x[i];
            yy += y[i] * y[i];
        }

        return xy / Math.Sqrt(xx * yy);
    }
}

using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Model.Tests.Checkpoint;

public sealed class HeaderRefusalTests
{
    private const string Norm = TensorNames.FinalNorm;
    private const string Embedding = TensorNames.Embedding;

    private static readonly int s_dataBytes = SmallCheckpoint.DataBytes(SmallCheckpoint.Tensors);

    [Fact]
    public void A_right_header_is_taken()
    {
        using var folder = new SmallCheckpoint();
        folder.Write(SmallCheckpoint.File, SmallCheckpoint.ValidFile());
        using var checkpoint = ModelCheckpoint.Open(folder.Folder);
        Assert.Equal(StoredType.F32, checkpoint.TypeOf(Norm));
    }

    [Fact]
    public void Rotary_frequencies_of_any_type_are_ignored()
    {
        var header = SmallCheckpoint.Header(SmallCheckpoint.Tensors);
        header["model.layers.0.self_attn.rotary_emb.inv_freq"] = SmallCheckpoint.Entry("I64", [1], s_dataBytes, s_dataBytes + 8);
        using var folder = new SmallCheckpoint();
        folder.Write(SmallCheckpoint.File, SmallCheckpoint.FileBytes(header.ToJsonString(), s_dataBytes + 8));
        using var checkpoint = ModelCheckpoint.Open(folder.Folder);
        Assert.Throws<ArgumentException>(() => checkpoint.TypeOf("model.layers.0.self_attn.rotary_emb.inv_freq"));
    }

    [Fact]
    public void A_header_longer_than_the_file_is_refused()
    {
        var bytes = SmallCheckpoint.ValidFile();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        RefusedFile(bytes, "18446744073709551615", $"{bytes.Length - 8} bytes after");
    }

    [Fact]
    public void A_header_longer_than_16_MiB_is_refused_before_it_is_read()
    {
        using var folder = new SmallCheckpoint();
        var path = Path.Combine(folder.Folder, SmallCheckpoint.File);
        using (var file = File.Create(path))
        {
            var length = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (16 << 20) + 1);
            file.Write(length);
            file.SetLength(64 << 20);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(folder, SmallCheckpoint.File, "16777217", "16 MiB");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(100)]
    public void A_file_that_ends_early_is_refused(int length) => RefusedFile(SmallCheckpoint.ValidFile()[..length]);

    [Fact]
    public void A_file_that_ends_inside_the_data_is_refused() =>
        RefusedFile(SmallCheckpoint.ValidFile()[..^1], "lm_head.weight", $"{s_dataBytes - 1} data bytes", "truncated");

    [Fact]
    public void Bytes_behind_the_last_tensor_are_refused() =>
        RefusedFile([.. SmallCheckpoint.ValidFile(), 0], "1 bytes after its last tensor", $"{s_dataBytes}");

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("nonsense", "JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("{", "JSON")]
    [InlineData("{}{}", "JSON")]
    [InlineData("{\"a\\ud800\": 1}", "Unicode")]
    [InlineData("{\"__metadata__\": {\"format\": 1}}", "__metadata__", "text to text")]
    [InlineData("{\"__metadata__\": []}", "__metadata__", "text to text")]
    [InlineData("{\"model.norm.weight\": 1}", Norm, "dtype, shape and data_offsets")]
    [InlineData("{\"model.norm.weight\": {}}", Norm, "no dtype or no shape")]
    [InlineData("{\"model.norm.weight\": {\"dtype\": 4}}", Norm, "\"dtype\"")]
    [InlineData("{\"model.norm.weight\": {\"dtype\": \"F32\", \"dtype\": \"F32\"}}", Norm, "\"dtype\" that stands twice")]
    [InlineData("{\"model.norm.weight\": {\"colour\": 4}}", Norm, "\"colour\"")]
    [InlineData("{\"model.norm.weight\": {\"shape\": [1.5]}}", Norm, "whole numbers")]
    [InlineData("{\"model.norm.weight\": {\"shape\": [-1]}}", Norm, "whole numbers")]
    [InlineData("{\"model.norm.weight\": {\"shape\": [1,1,1,1,1,1,1,1,1]}}", Norm, "at most 8")]
    [InlineData("{\"model.norm.weight\": {\"shape\": [99999999999999999999]}}", Norm, "whole numbers")]
    [InlineData("{\"model.norm.weight\": {\"shape\": [[[[[[[[[]]]]]]]]]}}", "whole numbers")]
    [InlineData("{\"__metadata__\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": 1}}}}}}}}}}", "text to text")]
    public void A_header_of_another_form_is_refused(string header, params string[] expected) =>
        RefusedFile(SmallCheckpoint.FileBytes(header, 0), expected);

    [Theory]
    [InlineData("[4, 0]")]
    [InlineData("[0]")]
    [InlineData("[0, 1, 2]")]
    [InlineData("[-4, 0]")]
    [InlineData("\"0\"")]
    [InlineData("[0, 1e3]")]
    [InlineData("[0, 9223372036854775808]")]
    public void Offsets_that_are_not_a_range_are_refused(string offsets) =>
        RefusedHeader(header => header[Norm]!["data_offsets"] = JsonNode.Parse(offsets), Norm, "begin");

    [Fact]
    public void A_tensor_that_stands_twice_in_a_header_is_refused()
    {
        var text = SmallCheckpoint.Header(SmallCheckpoint.Tensors).ToJsonString();
        var twice = text[..^1] + $",\"{Norm}\":{SmallCheckpoint.Entry("F32", [8], 0, 32).ToJsonString()}}}";
        RefusedFile(SmallCheckpoint.FileBytes(twice, s_dataBytes), Norm, "twice");
    }

    [Fact]
    public void Overlapping_tensors_are_refused() =>
        RefusedHeader(header => header[Norm]!["data_offsets"] = new JsonArray(0, 32), Norm, "overlap", Embedding);

    [Fact]
    public void Bytes_that_belong_to_no_tensor_are_refused() =>
        RefusedHeader(header => header.Remove(Norm), TensorNames.Head, "belong to no tensor");

    [Fact]
    public void Offsets_outside_the_data_are_refused() =>
        RefusedHeader(header => header[TensorNames.Head]!["data_offsets"]![1] = long.MaxValue, TensorNames.Head, $"{s_dataBytes} data bytes");

    [Theory]
    [InlineData("I8")]
    [InlineData("F64")]
    [InlineData("bf16")]
    [InlineData("")]
    public void Another_dtype_is_refused(string type) =>
        RefusedHeader(header => header[Norm]!["dtype"] = type, Norm, $"\"{type}\"", "F32, BF16 or F16");

    [Fact]
    public void A_size_that_does_not_follow_from_shape_and_dtype_is_refused() =>
        RefusedHeader(header => header[Norm]!["dtype"] = "BF16", Norm, "32 bytes", "16");

    [Theory]
    [InlineData("[6, 7]")]
    [InlineData("[8, 6]")]
    [InlineData("[48]")]
    [InlineData("[6, 8, 1]")]
    [InlineData("[4611686018427387904, 4611686018427387904]")]
    public void Another_shape_than_the_config_implies_is_refused(string shape) =>
        RefusedHeader(header => header[Embedding]!["shape"] = JsonNode.Parse(shape), Embedding, shape, "[6, 8]");

    [Fact]
    public void A_missing_tensor_is_refused()
    {
        var tensors = SmallCheckpoint.Tensors.Where(t => t.Name != Norm).ToArray();
        using var folder = new SmallCheckpoint();
        folder.Write(SmallCheckpoint.File, SmallCheckpoint.FileBytes(SmallCheckpoint.Header(tensors).ToJsonString(), SmallCheckpoint.DataBytes(tensors)));
        Refused(folder, "", Norm, "[8]", "lacks 1 of the");
    }

    [Theory]
    [InlineData("model.layers.2.input_layernorm.weight")]
    [InlineData("model.inv_freq.weight")]
    public void An_unknown_tensor_is_refused(string name)
    {
        var header = SmallCheckpoint.Header(SmallCheckpoint.Tensors);
        header[name] = SmallCheckpoint.Entry("F32", [8], s_dataBytes, s_dataBytes + 32);
        RefusedFile(SmallCheckpoint.FileBytes(header.ToJsonString(), s_dataBytes + 32), name, "unknown", "2 layers");
    }

    [Fact]
    public void A_name_from_the_file_is_cut_and_cleaned_in_the_sentence()
    {
        var header = SmallCheckpoint.Header(SmallCheckpoint.Tensors);
        header["\u001b[31m" + new string('x', 100_000)] = SmallCheckpoint.Entry("F32", [0], s_dataBytes, s_dataBytes);
        using var folder = new SmallCheckpoint();
        folder.Write(SmallCheckpoint.File, SmallCheckpoint.FileBytes(header.ToJsonString(), s_dataBytes));
        var e = Assert.Throws<ModelFormatException>(() => ModelCheckpoint.Open(folder.Folder));
        Assert.InRange(e.Message.Length, 1, 500);
        Assert.DoesNotContain('\u001b', e.Message);
    }

    [Fact]
    public void A_folder_without_weights_is_refused()
    {
        using var folder = new SmallCheckpoint();
        Refused(folder, "", SmallCheckpoint.File, SmallCheckpoint.Index);
    }

    [Fact]
    public void A_folder_without_a_config_is_refused()
    {
        using var folder = new SmallCheckpoint();
        File.Delete(Path.Combine(folder.Folder, "config.json"));
        Refused(folder, "config.json", "cannot be read");
    }

    private static void RefusedHeader(Action<JsonObject> spoil, params string[] expected)
    {
        var header = SmallCheckpoint.Header(SmallCheckpoint.Tensors);
        spoil(header);
        RefusedFile(SmallCheckpoint.FileBytes(header.ToJsonString(), s_dataBytes), expected);
    }

    private static void RefusedFile(byte[] bytes, params string[] expected)
    {
        using var folder = new SmallCheckpoint();
        folder.Write(SmallCheckpoint.File, bytes);
        Refused(folder, SmallCheckpoint.File, expected);
    }

    private static void Refused(SmallCheckpoint folder, string file, params string[] expected)
    {
        var e = Assert.Throws<ModelFormatException>(() => ModelCheckpoint.Open(folder.Folder));
        Assert.Equal(Path.Combine(folder.Folder, file), e.File);
        Assert.All(expected, part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
    }
}

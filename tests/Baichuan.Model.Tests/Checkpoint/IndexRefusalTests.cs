using System.Text;
using System.Text.Json.Nodes;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Model.Tests.Checkpoint;

public sealed class IndexRefusalTests
{
    private const string Norm = TensorNames.FinalNorm;

    [Fact]
    public void Several_files_with_a_right_index_are_taken()
    {
        using var folder = new SmallCheckpoint();
        var index = SmallCheckpoint.ValidIndex();
        index["weight_map"]!["model.layers.0.self_attn.rotary_emb.inv_freq"] = "nowhere.safetensors";
        folder.WriteTwoFiles(index);
        using var checkpoint = ModelCheckpoint.Open(folder.Folder);
        Assert.Equal(StoredType.F32, checkpoint.TypeOf(Norm));
    }

    [Theory]
    [InlineData("../second.safetensors")]
    [InlineData("/etc/second.safetensors")]
    [InlineData("..\\second.safetensors")]
    [InlineData("c:second.safetensors")]
    [InlineData("sub/second.safetensors")]
    [InlineData("second.bin")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\u0000.safetensors")]
    public void A_file_name_that_leaves_the_folder_or_is_no_safetensors_file_is_refused(string name) =>
        Refused(index => index["weight_map"]![Norm] = name, SmallCheckpoint.Index, Norm, "same folder");

    [Fact]
    public void A_missing_file_is_refused() =>
        Refused(index => index["weight_map"]![Norm] = "third.safetensors", SmallCheckpoint.Index, "third.safetensors", "not in the folder");

    [Fact]
    public void A_tensor_that_lies_in_another_file_than_the_index_says_is_refused() =>
        Refused(index => index["weight_map"]![Norm] = "first.safetensors", SmallCheckpoint.SecondFile, Norm, "does not place");

    [Fact]
    public void A_tensor_that_the_index_does_not_name_is_refused() =>
        Refused(index => ((JsonObject)index["weight_map"]!).Remove(Norm), SmallCheckpoint.SecondFile, Norm, "does not place");

    [Fact]
    public void A_tensor_that_is_in_no_file_is_refused()
    {
        using var folder = new SmallCheckpoint();
        folder.WriteTwoFiles(SmallCheckpoint.ValidIndex());
        var rest = SmallCheckpoint.Tensors.Skip(SmallCheckpoint.Tensors.Count / 2).Where(t => t.Name != Norm).ToArray();
        folder.Write(SmallCheckpoint.SecondFile, SmallCheckpoint.FileBytes(SmallCheckpoint.Header(rest).ToJsonString(), SmallCheckpoint.DataBytes(rest)));
        Refused(folder, SmallCheckpoint.Index, Norm, SmallCheckpoint.SecondFile, "does not hold it");
    }

    [Fact]
    public void A_tensor_in_two_files_is_refused()
    {
        using var folder = new SmallCheckpoint();
        folder.WriteTwoFiles(SmallCheckpoint.ValidIndex());
        var tensors = SmallCheckpoint.Tensors;
        folder.Write(SmallCheckpoint.SecondFile, SmallCheckpoint.FileBytes(SmallCheckpoint.Header(tensors).ToJsonString(), SmallCheckpoint.DataBytes(tensors)));
        Refused(folder, SmallCheckpoint.SecondFile, tensors[0].Name, "does not place");
    }

    [Fact]
    public void An_unknown_tensor_in_the_index_is_refused() =>
        Refused(index => index["weight_map"]!["model.layers.7.conv"] = SmallCheckpoint.SecondFile, SmallCheckpoint.Index, "model.layers.7.conv");

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "weight_map")]
    [InlineData("{}", "weight_map")]
    [InlineData("{\"weight_map\": []}", "weight_map")]
    [InlineData("{\"weight_map\": {\"model.norm.weight\": 3}}", Norm, "file name")]
    [InlineData("{\"weight_map\": {\"model.norm.weight\": \"a.safetensors\", \"model.norm.weight\": \"a.safetensors\"}}", Norm, "twice")]
    [InlineData("{\"weight_map\": {}, \"weight_map\": {}}", "weight_map", "twice")]
    [InlineData("{\"weight_map\": {\"\\udc00\": \"a.safetensors\"}}", "Unicode")]
    [InlineData("{\"weight_map\": {}} x", "JSON")]
    [InlineData("{\"metadata\": [[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]], \"weight_map\": {}}", "JSON")]
    public void An_index_of_another_form_is_refused(string json, params string[] expected)
    {
        using var folder = new SmallCheckpoint();
        folder.Write(SmallCheckpoint.Index, Encoding.UTF8.GetBytes(json));
        Refused(folder, SmallCheckpoint.Index, expected);
    }

    [Fact]
    public void An_index_without_tensors_is_refused()
    {
        using var folder = new SmallCheckpoint();
        folder.Write(SmallCheckpoint.Index, "{\"weight_map\": {}}"u8.ToArray());
        Refused(folder, "", "lacks", TensorNames.Embedding);
    }

    [Fact]
    public void An_index_longer_than_16_MiB_is_refused_before_it_is_read()
    {
        using var folder = new SmallCheckpoint();
        using (var file = File.Create(Path.Combine(folder.Folder, SmallCheckpoint.Index)))
            file.SetLength((16 << 20) + 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(folder, SmallCheckpoint.Index, "16 MiB");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static void Refused(Action<JsonObject> spoil, string file, params string[] expected)
    {
        using var folder = new SmallCheckpoint();
        var index = SmallCheckpoint.ValidIndex();
        spoil(index);
        folder.WriteTwoFiles(index);
        Refused(folder, file, expected);
    }

    private static void Refused(SmallCheckpoint folder, string file, params string[] expected)
    {
        var e = Assert.Throws<ModelFormatException>(() => ModelCheckpoint.Open(folder.Folder));
        Assert.Equal(Path.Combine(folder.Folder, file), e.File);
        Assert.All(expected, part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
    }
}

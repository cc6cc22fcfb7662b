using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Baichuan.Model.Plan;

namespace Baichuan.Model.Tests.Checkpoint;

/// <summary>A folder with the smallest checkpoint that has both kinds of layers; a test may spoil its header, data, index or config.</summary>
internal sealed class SmallCheckpoint : IDisposable
{
    public const string File = "model.safetensors";
    public const string SecondFile = "second.safetensors";
    public const string Index = "model.safetensors.index.json";

    public const string Config = """
        {
          "model_type": "baichuan_m1", "hidden_act": "silu", "conv_window": 2, "tie_word_embeddings": false,
          "vocab_size": 6, "hidden_size": 8, "intermediate_size": 4, "num_hidden_layers": 2,
          "num_attention_heads": 2, "num_key_value_heads": 1, "num_swa_attention_heads": 4, "num_swa_key_value_heads": 2,
          "sliding_window": 4, "sliding_window_layers": [1], "rope_theta": 10000.0, "rms_norm_eps": 1e-06,
          "max_position_embeddings": 32, "bos_token_id": 1, "eos_token_id": 2
        }
        """;

    public SmallCheckpoint() => Write("config.json", Encoding.UTF8.GetBytes(Config));

    public string Folder { get; } = Directory.CreateTempSubdirectory("checkpoint-test-").FullName;

    /// <summary>The tensors that the config asks for, whole.</summary>
    public static IReadOnlyList<TensorSlice> Tensors { get; } =
        ShardPlan.Create(ModelConfig.Parse(Encoding.UTF8.GetBytes(Config), "config.json"), 1, 1).Shards[0].Tensors;

    /// <summary>A right header over <paramref name="tensors"/>, all of them F32.</summary>
    public static JsonObject Header(IEnumerable<TensorSlice> tensors)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        var offset = 0L;
        foreach (var tensor in tensors)
        {
            var end = offset + (tensor.ElementCount * sizeof(float));
            header[tensor.Name] = Entry("F32", [.. tensor.Shape.Select(n => (long)n)], offset, end);
            offset = end;
        }

        return header;
    }

    public static JsonObject Entry(string type, long[] shape, long begin, long end) => new()
    {
        ["dtype"] = type,
        ["shape"] = new JsonArray([.. shape.Select(n => JsonValue.Create(n))]),
        ["data_offsets"] = new JsonArray(begin, end),
    };

    public static int DataBytes(IEnumerable<TensorSlice> tensors) => (int)tensors.Sum(t => t.ElementCount) * sizeof(float);

    /// <summary>Header length, header, data.</summary>
    public static byte[] FileBytes(string header, int dataBytes)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[sizeof(ulong) + text.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)text.Length);
        text.CopyTo(bytes, sizeof(ulong));
        return bytes;
    }

    public static byte[] ValidFile() => FileBytes(Header(Tensors).ToJsonString(), DataBytes(Tensors));

    /// <summary>Two files and their index: the first half of the tensors, and the rest.</summary>
    public static JsonObject ValidIndex()
    {
        var map = new JsonObject();
        for (var i = 0; i < Tensors.Count; i++)
            map[Tensors[i].Name] = i < Tensors.Count / 2 ? "first.safetensors" : SecondFile;
        return new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = DataBytes(Tensors) }, ["weight_map"] = map };
    }

    public void WriteTwoFiles(JsonObject index)
    {
        var (first, second) = (Tensors.Take(Tensors.Count / 2), Tensors.Skip(Tensors.Count / 2));
        Write("first.safetensors", FileBytes(Header(first).ToJsonString(), DataBytes(first)));
        Write(SecondFile, FileBytes(Header(second).ToJsonString(), DataBytes(second)));
        Write(Index, Encoding.UTF8.GetBytes(index.ToJsonString()));
    }

    public void Write(string name, byte[] bytes) => System.IO.File.WriteAllBytes(Path.Combine(Folder, name), bytes);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

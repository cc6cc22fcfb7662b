using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Baichuan.Testing;

/// <summary>
/// One golden case of a checkpoint: a prompt, the float64 reference's logits of its positions (rounded to f32) and its greedy continuation.
/// A test project that uses it links tests/data/golden into its output under data/golden.
/// </summary>
/// <param name="Logits">[positions, vocabulary]</param>
public sealed record GoldenCase(int[] Prompt, int[] Greedy, float[][] Logits);

/// <summary>Reads golden.json and golden.safetensors of tests/data/golden/NAME. Trusts them: they are part of the repository.</summary>
public static class GoldenCases
{
    /// <summary>The checkpoint folder of a golden set ("tiny", "geometry14b").</summary>
    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "data", "golden", name);

    public static IReadOnlyList<GoldenCase> Load(string name)
    {
        var tensors = ReadTensors(Path.Combine(Folder(name), "golden.safetensors"));
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(name), "golden.json")));
        return [.. json.RootElement.GetProperty("cases").EnumerateArray().Select(c => new GoldenCase(
            Integers(c.GetProperty("prompt")),
            Integers(c.GetProperty("greedy")),
            tensors[c.GetProperty("logits").GetString()!]))];
    }

    private static Dictionary<string, float[][]> ReadTensors(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var headerBytes = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var data = bytes.AsMemory(8 + headerBytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerBytes));
        return header.RootElement.EnumerateObject().Where(t => t.Name != "__metadata__").ToDictionary(t => t.Name, t => ReadRows(t.Value, data.Span));
    }

    private static float[][] ReadRows(JsonElement tensor, ReadOnlySpan<byte> data)
    {
        var shape = Integers(tensor.GetProperty("shape"));
        var offsets = Integers(tensor.GetProperty("data_offsets"));
        if (tensor.GetProperty("dtype").GetString() != "F32" || shape.Length != 2)
            throw new InvalidDataException("Golden logits are F32 matrices.");
        var values = MemoryMarshal.Cast<byte, float>(data[offsets[0]..offsets[1]]);
        var rows = new float[shape[0]][];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = values.Slice(i * shape[1], shape[1]).ToArray();
        return rows;
    }

    private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(n => n.GetInt32())];
}

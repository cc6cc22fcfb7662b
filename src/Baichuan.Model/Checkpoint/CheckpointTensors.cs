using Baichuan.Model.Plan;
using static Baichuan.Model.Checkpoint.TensorNameText;

namespace Baichuan.Model.Checkpoint;

/// <summary>Collects the tensors of a checkpoint's files and compares each with what the config implies.</summary>
/// <param name="folder">The checkpoint's folder, for errors that belong to no file.</param>
internal sealed class CheckpointTensors(ModelConfig config, string folder)
{
    // An uncut plan reads every tensor whole: its slices are the list of what a checkpoint holds.
    private readonly Dictionary<string, TensorSlice> _expected =
        ShardPlan.Create(config, 1, 1).Shards[0].Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);

    private readonly Dictionary<string, StoredTensor> _found = new(StringComparer.Ordinal);

    /// <summary>Rotary frequencies that some exporters store; they follow from the config and are never read.</summary>
    public static bool IsIgnored(string tensor) => tensor.EndsWith(".inv_freq", StringComparison.Ordinal);

    public bool IsExpected(string tensor) => _expected.ContainsKey(tensor);

    public bool IsFound(string tensor) => _found.ContainsKey(tensor);

    /// <summary>Adds the tensors of a file.</summary>
    /// <exception cref="ModelFormatException">One is unknown, stands in another file too, or has another dtype, shape or size than it must have.</exception>
    public void Add(SafetensorsFile file)
    {
        foreach (var entry in file.Entries.Where(e => !IsIgnored(e.Name)))
        {
            if (!_expected.TryGetValue(entry.Name, out var expected))
                throw Refuse(file, entry, $"is unknown; a model with {config.LayerCount} layers has no such tensor (only *.inv_freq is ignored)");
            if (_found.TryGetValue(entry.Name, out var other))
                throw Refuse(file, entry, $"stands in {Path.GetFileName(other.File.Path)} too; each tensor must stand once");
            _found.Add(entry.Name, Check(file, entry, expected));
        }
    }

    /// <summary>Every tensor by name.</summary>
    /// <exception cref="ModelFormatException">One is missing.</exception>
    public IReadOnlyDictionary<string, StoredTensor> Complete()
    {
        TensorSlice[] missing = [.. _expected.Values.Where(t => !_found.ContainsKey(t.Name))];
        return missing.Length == 0
            ? _found
            : throw new ModelFormatException(
                folder,
                $"lacks {missing.Length} of the {_expected.Count} tensors that config.json asks for, the first of them "
                + $"{Quote(missing[0].Name)} with shape {Text(missing[0].Shape)}");
    }

    private static StoredTensor Check(SafetensorsFile file, HeaderEntry entry, TensorSlice expected)
    {
        if (!StoredTypes.TryParse(entry.Type, out var type))
            throw Refuse(file, entry, $"has dtype {Quote(entry.Type)}; it must be {StoredTypes.Names}");
        if (!entry.Shape.SequenceEqual(expected.Shape.Select(n => (long)n)))
            throw Refuse(file, entry, $"has shape {Text(entry.Shape)}; config.json asks for {Text(expected.Shape)}");
        var columns = expected.Shape.Count == 1 ? 1 : expected.Shape[^1];
        var tensor = new StoredTensor(entry.Name, file, type, file.DataOffset + entry.Begin, expected.RowCount, columns);
        return entry.ByteCount == tensor.ByteCount
            ? tensor
            : throw Refuse(file, entry, $"has {entry.ByteCount} bytes of data; {Text(entry.Shape)} in {entry.Type} are {tensor.ByteCount}");
    }

    private static ModelFormatException Refuse(SafetensorsFile file, HeaderEntry entry, string what) =>
        new(file.Path, $"tensor {Quote(entry.Name)} {what}");

    private static string Text<T>(IEnumerable<T> shape) => $"[{string.Join(", ", shape)}]";
}

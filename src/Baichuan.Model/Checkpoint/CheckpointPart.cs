using Baichuan.Model.Plan;

namespace Baichuan.Model.Checkpoint;

/// <summary>One file of a checkpoint that is to be written.</summary>
/// <param name="Tensors">Its tensors, in the order in which they lie in the file.</param>
/// <param name="Entries">Where each of them lies.</param>
internal sealed record CheckpointPart(string FileName, IReadOnlyList<TensorSlice> Tensors, IReadOnlyList<HeaderEntry> Entries)
{
    /// <summary>Lays tensors out over as few files as their order allows; a tensor above <paramref name="maxFileBytes"/> gets a file of its own.</summary>
    public static IReadOnlyList<CheckpointPart> Split(IEnumerable<TensorSlice> tensors, StoredType type, long maxFileBytes)
    {
        var parts = new List<List<TensorSlice>>();
        var bytes = 0L;
        foreach (var tensor in tensors)
        {
            var tensorBytes = tensor.ElementCount * StoredTypes.BytesOf(type);
            if (parts.Count == 0 || bytes + tensorBytes > maxFileBytes)
            {
                parts.Add([]);
                bytes = 0;
            }

            parts[^1].Add(tensor);
            bytes += tensorBytes;
        }

        return [.. parts.Select((part, i) => new CheckpointPart(NameOf(i, parts.Count), part, Place(part, type)))];
    }

    private static string NameOf(int index, int count) =>
        count == 1 ? ModelCheckpoint.SingleFileName : $"model-{index + 1:d5}-of-{count:d5}.safetensors";

    private static List<HeaderEntry> Place(List<TensorSlice> tensors, StoredType type)
    {
        var entries = new List<HeaderEntry>(tensors.Count);
        var begin = 0L;
        foreach (var tensor in tensors)
        {
            var end = begin + (tensor.ElementCount * StoredTypes.BytesOf(type));
            entries.Add(new HeaderEntry(tensor.Name, StoredTypes.NameOf(type), [.. tensor.Shape.Select(n => (long)n)], begin, end));
            begin = end;
        }

        return entries;
    }
}

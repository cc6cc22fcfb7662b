using static Baichuan.Model.Checkpoint.TensorNameText;

namespace Baichuan.Model.Checkpoint;

/// <summary>The rule that a file's tensors lie one after the other and fill its data exactly: no overlap, no hole, nothing behind.</summary>
internal static class SafetensorsLayout
{
    /// <param name="dataBytes">Bytes between the header and the end of the file.</param>
    /// <exception cref="ModelFormatException">They do not; the message names the first tensor that is out of place.</exception>
    public static void Check(IReadOnlyList<HeaderEntry> entries, long dataBytes, string file)
    {
        HeaderEntry[] inOrder = [.. entries.OrderBy(e => e.Begin).ThenBy(e => e.End)];
        var position = 0L;
        HeaderEntry? previous = null;
        foreach (var entry in inOrder)
        {
            if (entry.End > dataBytes)
                throw Refuse(entry, $"ends at data byte {entry.End}, but the file has only {dataBytes} data bytes; it was truncated or its header is wrong");
            if (entry.Begin < position)
                throw Refuse(entry, $"starts at data byte {entry.Begin}, before tensor {Quote(previous!.Name)} ends at {position}; tensors must not overlap");
            if (entry.Begin > position)
                throw Refuse(entry, $"starts at data byte {entry.Begin}, but the bytes from {position} belong to no tensor; tensors must leave no hole");
            position = entry.End;
            previous = entry;
        }

        if (position != dataBytes)
            throw new ModelFormatException(file, $"has {dataBytes - position} bytes after its last tensor, which ends at data byte {position}; tensors must fill it");

        ModelFormatException Refuse(HeaderEntry entry, string what) => new(file, $"tensor {Quote(entry.Name)} {what}");
    }
}

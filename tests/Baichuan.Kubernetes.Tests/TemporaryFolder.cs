namespace Baichuan.Kubernetes.Tests;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("baichuan-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>For processes of other users.</summary>
    public static void OpenToAll(string folder)
    {
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

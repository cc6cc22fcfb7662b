using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Baichuan.Cluster.Sessions;

/// <summary>The key of a one-machine cluster that was given none: a file beside the state file, for its owner alone. The first process makes it.</summary>
internal static partial class SessionKeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string PathBeside(string stateFile) => Path.ChangeExtension(Path.GetFullPath(stateFile), ".session-key");

    /// <exception cref="IOException">The file cannot be made or read, is not a key, or others may read it.</exception>
    public static byte[] ReadOrMake(string path)
    {
        if (!File.Exists(path))
            Make(path);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            throw new IOException($"The session key file '{path}' may be used by others than its owner; chmod 600 it, or give {SessionOptions.Section}:Keys.");
        return SessionSeal.TryDecode(File.ReadAllText(path).Trim()) is { Length: SessionSeal.KeyBytes } key
            ? key
            : throw new IOException($"The session key file '{path}' does not hold {SessionSeal.KeyBytes} bytes in base64; put the right one back, or take it away: stored sessions are lost then.");
    }

    /// <summary>Written aside and linked into place, so that no process reads half of it, and of several that try, one wins.</summary>
    private static void Make(string path)
    {
        var part = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (var writer = new StreamWriter(part, options))
            writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(SessionSeal.KeyBytes)));
        try
        {
            // Not a move where there are links: on Unix, .NET's looks first and renames then, over what another process has put there in between.
            if (OperatingSystem.IsWindows() || (Link(part, path) != 0 && !File.Exists(path)))
                File.Move(part, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first.
        }
        finally
        {
            File.Delete(part);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}

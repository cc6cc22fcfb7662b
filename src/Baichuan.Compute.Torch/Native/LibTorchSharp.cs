using System.Runtime.InteropServices;

namespace Baichuan.Compute.Torch.Native;

/// <summary>
/// Makes TorchSharp's native library loadable on systems whose libstdc++ is older than GCC 13 (Debian 12, Ubuntu 22.04). TorchSharp 0.107.0 lists
/// the symbol version GLIBCXX_3.4.32 among its needs for one symbol that no relocation uses; weakening that need in the output folder's own copy lets
/// the loader accept the older library. It is mended where it lies: a copy elsewhere would load libtorch twice. To be called before the first use of
/// <c>torch</c>.
/// </summary>
internal static class LibTorchSharp
{
    private const string FileName = "libLibTorchSharp.so";
    private const string Version = "GLIBCXX_3.4.32";

    private static readonly Lock Gate = new();
    private static bool s_done;

    /// <summary>Mends this process's copy where that is needed. Cheap after the first call; safe beside other processes doing the same.</summary>
    /// <exception cref="DllNotFoundException">The library needs mending and cannot be written.</exception>
    public static void MakeLoadable()
    {
        lock (Gate)
        {
            if (!s_done && OperatingSystem.IsLinux() && !SystemHasVersion() && FindCopy() is { } file)
                Mend(file);
            s_done = true;
        }
    }

    /// <summary>Weakens the need in a file, unless that was done before. The new content takes the file's name in one step, so another process sees
    /// the old file or the new one, and a hard link into a package cache keeps the old content.</summary>
    /// <exception cref="DllNotFoundException">The file cannot be mended; the message says what to do.</exception>
    internal static void Mend(string file)
    {
        var temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        try
        {
            var image = File.ReadAllBytes(file);
            if (ElfVersionNeeds.Weaken(image, Version) == 0)
                return;
            File.WriteAllBytes(temporary, image);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(file));
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DllNotFoundException(
                $"{file} needs {Version}, which this system's libstdc++ lacks, and could not be mended: {e.Message}. "
                + "Start once with write access to its folder, or run on a system with libstdc++ of GCC 13 or later (Debian 13, Ubuntu 24.04).", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    // The one symbol of that version; asking the loader itself finds the libstdc++ that it will use.
    private static bool SystemHasVersion() =>
        NativeLibrary.TryLoad("libstdc++.so.6", out var library) && NativeLibrary.TryGetExport(library, "_ZSt21ios_base_library_initv", out _);

    // Only below the application: a package cache is shared by others and stays as it is.
    private static string? FindCopy() =>
        ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(folder => folder.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal))
            .Select(folder => Path.Combine(folder, FileName))
            .FirstOrDefault(File.Exists);
}

using System.Security.Cryptography;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// The SHA-256 of every file of a model folder, as <c>sha256sum</c> writes and checks it, in the folder itself. Optional: a folder without it is taken as it is.
/// A process that finds it checks the files that it reads, whole, before it serves.
/// </summary>
public static class CheckpointManifest
{
    public const string FileName = "SHA256SUMS";

    private const int HashDigits = 2 * SHA256.HashSizeInBytes;
    private const int BufferBytes = 1 << 20;
    private const int MostBytes = 1 << 20;

    /// <summary>Writes it anew for every file of the folder, but for hidden ones and folders.</summary>
    /// <returns>The files, in the order of their names.</returns>
    /// <exception cref="ModelFormatException">The folder has no files, or one cannot be read.</exception>
    public static IReadOnlyList<string> Write(string folder, CancellationToken cancellationToken)
    {
        string[] names = [.. new DirectoryInfo(folder).GetFiles().Select(file => file.Name).Where(name => name != FileName && name[0] != '.').Order(StringComparer.Ordinal)];
        if (names.Length == 0)
            throw new ModelFormatException(folder, "has no files; name the folder of a checkpoint");
        var lines = names.Select(name => $"{Hash(Path.Combine(folder, name), cancellationToken)}  {name}\n").ToArray();
        var written = Path.Combine(folder, $".{FileName}");
        File.WriteAllText(written, string.Concat(lines)); // beside it first: who copies the folder meanwhile gets a whole one, or the one before
        File.Move(written, Path.Combine(folder, FileName), overwrite: true);
        return names;
    }

    /// <summary>Reads files to their ends and compares them with what is stated of them, if there is a manifest. As fast as the disk, or about a core's hashing.</summary>
    /// <param name="files">Their names; one that neither exists nor is stated is left out.</param>
    /// <returns>Whether there was a manifest.</returns>
    /// <exception cref="ModelFormatException">A file is another one than is stated, is missing or is not stated, or the manifest is none.</exception>
    public static bool Check(string folder, IEnumerable<string> files, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return false;
        var stated = Read(path);
        foreach (var name in files)
        {
            var file = Path.Combine(folder, name);
            var expected = stated.GetValueOrDefault(name);
            if (expected is null && !File.Exists(file))
                continue;
            if (expected is null)
                throw new ModelFormatException(file, $"is not in {FileName}; write that anew where the folder is right (baichuan-server manifest), or delete it to serve unchecked");
            var found = Hash(file, cancellationToken);
            if (found != expected)
            {
                throw new ModelFormatException(
                    file, $"is not the file that {FileName} states: its SHA-256 is {found}, expected {expected}. Copy it again; if it was changed on purpose, write {FileName} anew (baichuan-server manifest)");
            }
        }

        return true;
    }

    private static Dictionary<string, string> Read(string path)
    {
        if (new FileInfo(path).Length > MostBytes)
            throw new ModelFormatException(path, $"has more than {MostBytes} bytes; it states one SHA-256 a line");
        var stated = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            // A hash, a space, how the file was read (a space for text, a star for binary: the same here), the name.
            number++;
            if (line.Length <= HashDigits + 2 || line[HashDigits] != ' ' || line[HashDigits + 1] is not (' ' or '*') || line.AsSpan(0, HashDigits).ContainsAnyExcept(HexDigits))
                throw new ModelFormatException(path, $"line {number} is not the SHA-256 and the name of a file, as sha256sum writes it");
            stated[line[(HashDigits + 2)..]] = line[..HashDigits].ToLowerInvariant();
        }

        return stated;
    }

    private static string HexDigits => "0123456789abcdefABCDEF";

    private static string Hash(string file, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[BufferBytes];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(file, $"cannot be read ({e.Message})", e);
        }
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// One open safetensors file. Reads by position, never through a mapping: a file that is truncated underneath is an exception here and would be a
/// fatal signal there. Thread-safe.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = sizeof(ulong);

    private readonly SafeFileHandle _handle;

    private SafetensorsFile(SafeFileHandle handle, string path)
    {
        _handle = handle;
        Path = path;
        var fileBytes = RandomAccess.GetLength(handle);
        var header = ReadHeader(fileBytes);
        HeaderHash = SHA256.HashData(header);
        Entries = SafetensorsHeader.Parse(header, path);
        DataOffset = LengthBytes + header.Length;
        SafetensorsLayout.Check(Entries, fileBytes - DataOffset, path);
    }

    public string Path { get; }

    /// <summary>The tensors that the header states; they fill the file's data exactly.</summary>
    public IReadOnlyList<HeaderEntry> Entries { get; }

    /// <summary>Where the data starts in the file.</summary>
    public long DataOffset { get; }

    /// <summary>SHA-256 of the header's bytes.</summary>
    public byte[] HeaderHash { get; }

    /// <summary>Opens a file, reads its header and checks it against the file's length.</summary>
    /// <exception cref="ModelFormatException">The file cannot be opened, or its header is not what the format asks for.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            return new SafetensorsFile(handle, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw new ModelFormatException(path, $"cannot be read as a safetensors file: {e.Message}", e);
        }
        catch (ModelFormatException)
        {
            handle?.Dispose();
            throw;
        }
    }

    /// <summary>Fills a buffer from a position; <paramref name="tensor"/> is named when the file ends too early.</summary>
    /// <exception cref="ModelFormatException">The file was truncated after it was opened, or the device failed.</exception>
    public void Read(Span<byte> destination, long offset, string tensor)
    {
        while (!destination.IsEmpty)
        {
            int count;
            try
            {
                count = RandomAccess.Read(_handle, destination, offset);
            }
            catch (IOException e)
            {
                throw new ModelFormatException(Path, $"could not be read at byte {offset}, in tensor {TensorNameText.Quote(tensor)}: {e.Message}", e);
            }

            if (count == 0)
                throw new ModelFormatException(Path, $"was truncated while being read: it ends at byte {offset}, inside tensor {TensorNameText.Quote(tensor)}");
            destination = destination[count..];
            offset += count;
        }
    }

    public void Dispose() => _handle.Dispose();

    private byte[] ReadHeader(long fileBytes)
    {
        if (fileBytes < LengthBytes)
            throw new ModelFormatException(Path, $"has {fileBytes} bytes; a safetensors file starts with the {LengthBytes} bytes of its header's length");
        Span<byte> length = stackalloc byte[LengthBytes];
        Read(length, 0, "header");
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (headerBytes > (ulong)(fileBytes - LengthBytes))
        {
            throw new ModelFormatException(
                Path,
                $"states a header of {headerBytes} bytes, but has only {fileBytes - LengthBytes} bytes after that number; "
                + "it was truncated or is no safetensors file");
        }

        if (headerBytes > SafetensorsHeader.MaxBytes)
            throw new ModelFormatException(Path, $"states a header of {headerBytes} bytes; at most {SafetensorsHeader.MaxBytes} (16 MiB) are read");
        var header = new byte[headerBytes];
        Read(header, LengthBytes, "header");
        return header;
    }
}

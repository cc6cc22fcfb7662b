using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Baichuan.Model.Checkpoint;

/// <summary>
/// Writes one safetensors file by position: the header at once, then the tensors' bytes in any order and from any thread. The file has its full
/// length from the start, so that a full disk shows at once.
/// </summary>
internal sealed class SafetensorsWriter : IDisposable
{
    private const int DataAlignment = 8;

    private readonly SafeFileHandle _handle;
    private readonly long _dataOffset;

    private SafetensorsWriter(SafeFileHandle handle, long dataOffset)
    {
        _handle = handle;
        _dataOffset = dataOffset;
    }

    /// <param name="entries">Tensors in the order of their offsets, without holes.</param>
    /// <exception cref="IOException">The file exists already, or the disk has no room for it.</exception>
    public static SafetensorsWriter Create(string path, IReadOnlyList<HeaderEntry> entries)
    {
        var header = FormatHeader(entries);
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, preallocationSize: header.Length + entries[^1].End);
        try
        {
            RandomAccess.Write(handle, header, 0);
            return new SafetensorsWriter(handle, header.Length);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Writes a stretch of a tensor.</summary>
    public void Write(HeaderEntry tensor, long firstByte, ReadOnlySpan<byte> bytes) =>
        RandomAccess.Write(_handle, bytes, _dataOffset + tensor.Begin + firstByte);

    public void Dispose() => _handle.Dispose();

    private static byte[] FormatHeader(IReadOnlyList<HeaderEntry> entries)
    {
        using var stream = new MemoryStream();
        stream.Write(stackalloc byte[sizeof(ulong)]);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            foreach (var entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type);
                WriteNumbers(json, "shape", entry.Shape);
                WriteNumbers(json, "data_offsets", [entry.Begin, entry.End]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (stream.Length % DataAlignment != 0)
            stream.WriteByte((byte)' ');
        var header = stream.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - sizeof(ulong)));
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}

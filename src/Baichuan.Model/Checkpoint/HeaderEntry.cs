namespace Baichuan.Model.Checkpoint;

/// <summary>One tensor as a safetensors header states it, not yet compared with anything but the header's own rules.</summary>
/// <param name="Type">The dtype's name.</param>
/// <param name="Shape">Not negative.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte; not below <paramref name="Begin"/>.</param>
internal sealed record HeaderEntry(string Name, string Type, long[] Shape, long Begin, long End)
{
    public long ByteCount => End - Begin;
}

using System.Runtime.InteropServices;

namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>The fixed head of a <see cref="StreamUpdates"/> frame.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StreamUpdatesHeader
{
    public const uint ExpectedMagic = 0x31555342; // "BSU1", little-endian

    public uint Magic;
    public int Updates;
    public ulong Epoch;
    public int Tokens;
    public int TopLogprobs;
}

using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>The fixed head of a <see cref="StepBatch"/> frame: counts of the sections that follow it, in this order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StepBatchHeader
{
    public const uint ExpectedMagic = 0x33425342; // "BSB3", little-endian

    public uint Magic;
    public int Rows;
    public ulong Epoch;
    public ulong Step;
    public int Releases;
    public int Admissions;
    public int AdmittedTokens;
    public int StopTokens;
    public int BlockChanges;
    public int Chunks;
    public int AppendedTokens;
    public int ZeroedBlocks;
    public int Biases;
    public int RestoredBlocks;
    public int LostShards;
    public int NamedBlocks;
}

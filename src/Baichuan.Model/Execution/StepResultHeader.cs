using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>The fixed head of a <see cref="StepResult"/> frame.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StepResultHeader
{
    public const uint ExpectedMagic = 0x31525342; // "BSR1", little-endian

    public uint Magic;
    public int Sampled;
    public ulong Epoch;
    public ulong Step;
    public int TopLogprobs;
    public int LogitRows;
    public int VocabularySize;
    public int ComputeMicroseconds;
    public int WaitMicroseconds;
    public int Scored;
}

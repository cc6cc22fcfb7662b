using System.Diagnostics;

namespace Baichuan.Benchmarks.Measuring;

/// <summary>Memory that a process really has.</summary>
internal static class Resident
{
    public static double MegabytesOf(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.WorkingSet64 / 1e6;
    }
}

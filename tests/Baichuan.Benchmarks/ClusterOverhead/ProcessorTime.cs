using System.Diagnostics;

namespace Baichuan.Benchmarks.ClusterOverhead;

internal static class ProcessorTime
{
    /// <summary>What a process has used since it began, in steps of 10 ms.</summary>
    public static TimeSpan Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.TotalProcessorTime;
    }
}

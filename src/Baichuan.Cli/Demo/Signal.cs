using System.Runtime.InteropServices;

namespace Baichuan.Cli.Demo;

/// <summary>kill(2), which .NET offers for SIGKILL only.</summary>
internal static partial class Signal
{
    private const int SigTerm = 15;

    /// <summary>Asks a process to end in good order; does nothing if it is gone.</summary>
    public static void Terminate(int processId) => _ = Kill(processId, SigTerm);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}

using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Baichuan.Compute.Threads;

/// <summary>
/// Some of the cores that this process may use, for compute threads to keep to. Shards of one machine wake each other through sockets, and the system puts
/// a woken thread close to its waker: left to itself, it has two ranks share a core for seconds while another core idles. Does nothing but on Linux.
/// </summary>
public sealed partial class CoreSet
{
    private const int MaskWords = 16; // 1,024 cores

    private readonly ulong[] _mask = new ulong[MaskWords];

    private CoreSet(ReadOnlySpan<int> cores)
    {
        foreach (var core in cores)
            _mask[core / 64] |= 1UL << (core % 64);
    }

    /// <summary>Cores that this process may use; 0 where that is not known. More than <see cref="Environment.ProcessorCount"/> where its share of time is limited.</summary>
    public static int Available => OperatingSystem.IsLinux() ? Allowed().Count : 0;

    /// <summary>The cores of a setting such as <c>2</c> or <c>0-3</c>, counted among those that the process may use, from 0; null where it is empty.</summary>
    /// <exception cref="ArgumentException">There are no such cores; the message names the setting.</exception>
    public static CoreSet? Parse(string setting, string text)
    {
        if (text.Length == 0 || !OperatingSystem.IsLinux())
            return null;
        var ends = text.Split('-');
        var allowed = Allowed();
        return int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && ends.Length <= 2 && first <= last && last < allowed.Count
            ? new CoreSet(CollectionsMarshal.AsSpan(allowed)[first..(last + 1)])
            : throw new ArgumentException($"{setting} is \"{text}\"; it must be a core, such as 0, or a range, such as 0-1, of the {allowed.Count} that this process may use.");
    }

    /// <summary>The calling thread runs on these cores only, from now on. Where the system refuses, it stays as it was: slower, not wrong.</summary>
    public unsafe void KeepThisThread()
    {
        fixed (ulong* mask = _mask)
            _ = SetAffinity(0, sizeof(ulong) * MaskWords, mask);
    }

    private static unsafe List<int> Allowed()
    {
        var mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        _ = GetAffinity(Environment.ProcessId, sizeof(ulong) * MaskWords, mask); // of the main thread, which keeps what the process was given
        List<int> cores = [];
        for (var word = 0; word < MaskWords; word++)
        {
            for (var rest = mask[word]; rest != 0; rest &= rest - 1)
                cores.Add((64 * word) + BitOperations.TrailingZeroCount(rest));
        }

        return cores;
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static unsafe partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static unsafe partial int SetAffinity(int thread, nuint bytes, ulong* mask);
}

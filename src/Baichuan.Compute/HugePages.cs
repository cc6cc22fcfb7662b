using System.Globalization;
using System.Runtime.InteropServices;

namespace Baichuan.Compute;

/// <summary>
/// Transparent huge pages of Linux. A page table of small pages costs time wherever memory is read in long runs; most distributions give huge ones only to those
/// who ask. Elsewhere, and where there are none, everything works with small pages.
/// </summary>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes of a huge page, and the alignment that it needs.</summary>
    public const nuint Size = 2 << 20;

    private const int Advice = 14; // MADV_HUGEPAGE

    /// <summary>Asks for huge pages behind memory that starts at a multiple of <see cref="Size"/> and was not touched yet. To get none is not an error.</summary>
    public static void Ask(void* start, nuint bytes)
    {
        if (OperatingSystem.IsLinux())
            _ = Advise(start, bytes, Advice);
    }

    /// <summary>Bytes in huge pages around an address: those of the mapping that holds it, 0 where there is no telling.</summary>
    public static long BytesAround(void* address)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        var inside = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            // A mapping begins with "from-to ...", its facts follow as "Name: value kB".
            var first = line.AsSpan(0, line.IndexOf(' '));
            if (first[^1] != ':')
                inside = Contains(first, (ulong)address);
            else if (inside && first is "AnonHugePages:")
                return long.Parse(line.AsSpan(first.Length, line.Length - first.Length - "kB".Length), CultureInfo.InvariantCulture) * 1024;
        }

        return 0;
    }

    private static bool Contains(ReadOnlySpan<char> range, ulong address)
    {
        var dash = range.IndexOf('-');
        return ulong.Parse(range[..dash], NumberStyles.HexNumber, CultureInfo.InvariantCulture) <= address
            && address < ulong.Parse(range[(dash + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}

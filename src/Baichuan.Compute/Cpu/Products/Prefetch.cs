using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// Asks for weights that will be read soon. A tile of several rows computes for so long between two loads that the processor's own prefetching falls behind; a
/// tile of one row reads fast enough to keep it going, and would lose by asking.
/// </summary>
internal static unsafe class Prefetch
{
    /// <summary>Bytes in front of the weights in use: what arrives at 35 GB/s in the 110 ns that memory takes to answer.</summary>
    public const int Distance = 4096;

    /// <summary>Into the first-level cache: on Zen 4 a prefetch to the second level only makes things slower. Any address will do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }
}

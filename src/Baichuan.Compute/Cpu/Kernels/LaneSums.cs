using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>The last steps of <see cref="ILanes{TSelf}.Sum"/>, in halves.</summary>
internal static class LaneSums
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OfEight(Vector256<float> value) => OfFour(value.GetLower() + value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OfFour(Vector128<float> value)
    {
        var two = value + Vector128.Shuffle(value, Vector128.Create(2, 3, 0, 1));
        return two.GetElement(0) + two.GetElement(1);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>The last steps of <see cref="ILanes{TSelf}.Max"/>.</summary>
internal static class LaneMaxima
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OfEight(Vector256<float> value) => OfFour(Vector128.MaxNative(value.GetLower(), value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OfFour(Vector128<float> value)
    {
        var two = Vector128.MaxNative(value, Vector128.Shuffle(value, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}

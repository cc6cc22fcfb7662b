using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>result = weight * (x / sqrt(mean(x * x) + epsilon)); square i is added to lane i mod 16 of the
/// sum by a fused multiply-add, in order of i, then the lanes as <see cref="ILanes{TSelf}.Sum"/> says.</summary>
internal static unsafe class RmsNorm<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <param name="x">[length]</param>
    /// <param name="result">[length]; may be <paramref name="x"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Normalize(float* x, float* weight, float* result, int length, double epsilon)
    {
        var squares = TLanes.Broadcast(0);
        for (var i = 0; i < length; i += Lanes.Count)
        {
            var value = Lanes.Load<TLanes, float>(x + i, length - i);
            squares = TLanes.MultiplyAdd(value, value, squares);
        }

        var factor = TLanes.Broadcast((float)(1 / Math.Sqrt(((double)TLanes.Sum(squares) / length) + epsilon)));
        for (var i = 0; i < length; i += Lanes.Count)
        {
            var count = length - i;
            Lanes.Store(result + i, Lanes.Load<TLanes, float>(weight + i, count) * (Lanes.Load<TLanes, float>(x + i, count) * factor), count);
        }
    }
}

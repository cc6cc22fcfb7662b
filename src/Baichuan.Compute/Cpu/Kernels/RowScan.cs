using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>Questions about a whole row of numbers.</summary>
internal static unsafe class RowScan<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>False where one of <paramref name="length"/> numbers is NaN or infinite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool IsFinite(float* x, int length)
    {
        // The bits of magnitudes are ordered as the magnitudes are, with the infinity and then the NaNs on top.
        var largest = TLanes.BroadcastInteger(0);
        for (var i = 0; i < length; i += Lanes.Count)
            largest = TLanes.MaxInteger(largest, TLanes.And(Lanes.Load<TLanes, float>(x + i, length - i), int.MaxValue));
        foreach (var lane in new ReadOnlySpan<float>(&largest, Lanes.Count))
        {
            if (!float.IsFinite(lane))
                return false;
        }

        return true;
    }

    /// <summary>The largest of <paramref name="length"/> numbers, of which none is NaN; +0 if it is a zero of either sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Largest(float* x, int length)
    {
        var lanes = TLanes.Broadcast(float.NegativeInfinity);
        var whole = length & -Lanes.Count;
        for (var i = 0; i < whole; i += Lanes.Count)
        {
            var next = TLanes.Load(x + i);
            lanes = TLanes.WhereLess(lanes, next, next, lanes);
        }

        var largest = float.NegativeInfinity;
        foreach (var lane in new ReadOnlySpan<float>(&lanes, Lanes.Count))
            largest = Math.Max(largest, lane);
        for (var i = whole; i < length; i++)
            largest = Math.Max(largest, x[i]);
        return largest + 0f;
    }
}

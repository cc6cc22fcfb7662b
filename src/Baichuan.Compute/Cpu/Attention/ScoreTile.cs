using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Products;

namespace Baichuan.Compute.Cpu.Attention;

/// <summary>
/// Scores of four heads over the 16 positions of a block: a sum over the even d and one over the odd, each s = fma(k[d], q[d], s) in order of d, then both
/// added. Eight sums hide the latency of an addition.
/// </summary>
internal static unsafe class ScoreTile<TLanes, TFloats>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFloats : IFloats
{
    /// <param name="queries">[heads, headDim]</param>
    /// <param name="keys">[headDim / 2] pairs of 16 positions, as <see cref="IFloats"/> lays them.</param>
    /// <param name="scores">[4, 16]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* queries, HeadGroup group, byte* keys, int headDim, float* scores)
    {
        var q0 = queries;
        var q1 = queries + group.Head1;
        var q2 = queries + group.Head2;
        var q3 = queries + group.Head3;
        TLanes s0 = default, s1 = default, s2 = default, s3 = default;
        TLanes t0 = default, t1 = default, t2 = default, t3 = default;
        for (nint d = 0; d < headDim; d += 2)
        {
            var key = TFloats.First<TLanes>(keys);
            s0 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q0 + d), s0);
            s1 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q1 + d), s1);
            s2 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q2 + d), s2);
            s3 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q3 + d), s3);
            key = TFloats.Second<TLanes>(keys);
            t0 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q0 + d + 1), t0);
            t1 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q1 + d + 1), t1);
            t2 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q2 + d + 1), t2);
            t3 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q3 + d + 1), t3);
            keys += TFloats.PairBytes;
        }

        TLanes.Store(scores, s0 + t0);
        TLanes.Store(scores + Lanes.Count, s1 + t1);
        TLanes.Store(scores + (2 * Lanes.Count), s2 + t2);
        TLanes.Store(scores + (3 * Lanes.Count), s3 + t3);
    }
}

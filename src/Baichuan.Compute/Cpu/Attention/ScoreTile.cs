using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Products;

namespace Baichuan.Compute.Cpu.Attention;

/// <summary>Scores of four heads over the 16 positions of a block: s = 0; for each d in order, s = fma(k[d], q[d], s).</summary>
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
        for (nint d = 0; d < headDim; d += 2)
        {
            var key = TFloats.First<TLanes>(keys);
            s0 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q0 + d), s0);
            s1 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q1 + d), s1);
            s2 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q2 + d), s2);
            s3 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q3 + d), s3);
            key = TFloats.Second<TLanes>(keys);
            s0 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q0 + d + 1), s0);
            s1 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q1 + d + 1), s1);
            s2 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q2 + d + 1), s2);
            s3 = TLanes.MultiplyAdd(key, TLanes.BroadcastBits(q3 + d + 1), s3);
            keys += TFloats.PairBytes;
        }

        TLanes.Store(scores, s0);
        TLanes.Store(scores + Lanes.Count, s1);
        TLanes.Store(scores + (2 * Lanes.Count), s2);
        TLanes.Store(scores + (3 * Lanes.Count), s3);
    }
}

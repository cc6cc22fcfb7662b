using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Attention;

/// <summary>For each of four heads: sum = sum * decay + w[first] V[first] + .. + w[end - 1] V[end - 1], element by element in this order, by fused multiply-adds.</summary>
internal static unsafe class ValueTile<TLanes, TElement>
    where TLanes : unmanaged, ILanes<TLanes>
    where TElement : unmanaged
{
    /// <param name="sums">[heads, headDim]</param>
    /// <param name="decays">[heads]</param>
    /// <param name="weights">[4, 16]</param>
    /// <param name="values">[16, headDim]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* sums, HeadGroup group, float* decays, float* weights, TElement* values, int first, int end, int headDim)
    {
        if (group.Heads == 1)
        {
            AddOne(sums, *decays, weights, values, first, end, headDim);
            return;
        }

        var w1 = weights + Lanes.Count;
        var w2 = weights + (group.StandIn2 * Lanes.Count);
        var w3 = weights + (group.StandIn3 * Lanes.Count);
        nint d = 0;
        for (; d + Lanes.Count <= headDim; d += Lanes.Count)
        {
            var sum = sums + d;
            var s0 = TLanes.Load(sum) * TLanes.Broadcast(decays[0]);
            var s1 = TLanes.Load(sum + group.Head1) * TLanes.Broadcast(decays[1]);
            var s2 = TLanes.Load(sum + group.Head2) * TLanes.Broadcast(decays[group.StandIn2]);
            var s3 = TLanes.Load(sum + group.Head3) * TLanes.Broadcast(decays[group.StandIn3]);
            var value = values + ((nint)first * headDim) + d;
            for (nint i = first; i < end; i++, value += headDim)
            {
                var v = Lanes.Load<TLanes, TElement>(value);
                s0 = TLanes.MultiplyAdd(TLanes.BroadcastBits(weights + i), v, s0);
                s1 = TLanes.MultiplyAdd(TLanes.BroadcastBits(w1 + i), v, s1);
                s2 = TLanes.MultiplyAdd(TLanes.BroadcastBits(w2 + i), v, s2);
                s3 = TLanes.MultiplyAdd(TLanes.BroadcastBits(w3 + i), v, s3);
            }

            TLanes.Store(sum, s0);
            TLanes.Store(sum + group.Head1, s1);
            TLanes.Store(sum + group.Head2, s2);
            TLanes.Store(sum + group.Head3, s3);
        }

        for (var h = 0; h < group.Heads && d < headDim; h++)
            AddColumns(sums + (h * headDim), decays[h], weights + (h * Lanes.Count), values, first, end, headDim, (int)d);
    }

    /// <summary>One head, 64 elements at a time: four sums hide the latency of an addition, as four heads do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOne(float* sums, float decay, float* weights, TElement* values, int first, int end, int headDim)
    {
        nint d = 0;
        for (; d + (4 * Lanes.Count) <= headDim; d += 4 * Lanes.Count)
        {
            var sum = sums + d;
            var s0 = TLanes.Load(sum) * TLanes.Broadcast(decay);
            var s1 = TLanes.Load(sum + Lanes.Count) * TLanes.Broadcast(decay);
            var s2 = TLanes.Load(sum + (2 * Lanes.Count)) * TLanes.Broadcast(decay);
            var s3 = TLanes.Load(sum + (3 * Lanes.Count)) * TLanes.Broadcast(decay);
            var value = values + ((nint)first * headDim) + d;
            for (nint i = first; i < end; i++, value += headDim)
            {
                var weight = TLanes.BroadcastBits(weights + i);
                s0 = TLanes.MultiplyAdd(weight, Lanes.Load<TLanes, TElement>(value), s0);
                s1 = TLanes.MultiplyAdd(weight, Lanes.Load<TLanes, TElement>(value + Lanes.Count), s1);
                s2 = TLanes.MultiplyAdd(weight, Lanes.Load<TLanes, TElement>(value + (2 * Lanes.Count)), s2);
                s3 = TLanes.MultiplyAdd(weight, Lanes.Load<TLanes, TElement>(value + (3 * Lanes.Count)), s3);
            }

            TLanes.Store(sum, s0);
            TLanes.Store(sum + Lanes.Count, s1);
            TLanes.Store(sum + (2 * Lanes.Count), s2);
            TLanes.Store(sum + (3 * Lanes.Count), s3);
        }

        for (; d < headDim; d += Lanes.Count)
            AddColumns(sums, decay, weights, values, first, end, headDim, (int)d);
    }

    /// <summary>Up to 16 elements of one head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddColumns(float* sum, float decay, float* weights, TElement* values, int first, int end, int headDim, int d)
    {
        var lanes = headDim - d;
        var s = Lanes.Load<TLanes, float>(sum + d, lanes) * TLanes.Broadcast(decay);
        for (nint i = first; i < end; i++)
            s = TLanes.MultiplyAdd(TLanes.BroadcastBits(weights + i), Lanes.Load<TLanes, TElement>(values + (i * headDim) + d, lanes), s);
        Lanes.Store(sum + d, s, lanes);
    }
}

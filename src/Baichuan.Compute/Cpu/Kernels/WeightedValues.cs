using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>sum = sum * decay + w[0] V[0] + w[1] V[1] + ..., element by element in this order, by fused multiply-adds.</summary>
internal static unsafe class WeightedValues<TLanes, TElement>
    where TLanes : unmanaged, ILanes<TLanes>
    where TElement : unmanaged
{
    /// <param name="sum">[length]</param>
    /// <param name="weights">[count]</param>
    /// <param name="values">[count, length]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* sum, float decay, float* weights, TElement* values, int count, int length)
    {
        var d = 0;
        var factor = TLanes.Broadcast(decay);
        for (; d + (4 * Lanes.Count) <= length; d += 4 * Lanes.Count)
        {
            var s0 = TLanes.Load(sum + d) * factor;
            var s1 = TLanes.Load(sum + d + Lanes.Count) * factor;
            var s2 = TLanes.Load(sum + d + (2 * Lanes.Count)) * factor;
            var s3 = TLanes.Load(sum + d + (3 * Lanes.Count)) * factor;
            var value = values + d;
            for (var i = 0; i < count; i++, value += length)
            {
                var weight = TLanes.Broadcast(weights[i]);
                s0 = TLanes.MultiplyAdd(weight, Lanes.Load<TLanes, TElement>(value), s0);
                s1 = TLanes.MultiplyAdd(weight, Lanes.Load<TLanes, TElement>(value + Lanes.Count), s1);
                s2 = TLanes.MultiplyAdd(weight, Lanes.Load<TLanes, TElement>(value + (2 * Lanes.Count)), s2);
                s3 = TLanes.MultiplyAdd(weight, Lanes.Load<TLanes, TElement>(value + (3 * Lanes.Count)), s3);
            }

            TLanes.Store(sum + d, s0);
            TLanes.Store(sum + d + Lanes.Count, s1);
            TLanes.Store(sum + d + (2 * Lanes.Count), s2);
            TLanes.Store(sum + d + (3 * Lanes.Count), s3);
        }

        for (; d < length; d += Lanes.Count)
        {
            var lanes = length - d;
            var s = Lanes.Load<TLanes, float>(sum + d, lanes) * factor;
            for (var i = 0; i < count; i++)
                s = TLanes.MultiplyAdd(TLanes.Broadcast(weights[i]), Lanes.Load<TLanes, TElement>(values + (i * length) + d, lanes), s);
            Lanes.Store(sum + d, s, lanes);
        }
    }
}

using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>Operations whose every element depends on its own inputs alone, so that no order is to be kept.</summary>
internal static unsafe class Elementwise<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>x += y. Vectors of <paramref name="length"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* x, float* y, int length)
    {
        for (var i = 0; i < length; i += Lanes.Count)
        {
            var count = length - i;
            Lanes.Store(x + i, Lanes.Load<TLanes, float>(x + i, count) + Lanes.Load<TLanes, float>(y + i, count), count);
        }
    }

    /// <summary>x *= y. Vectors of <paramref name="length"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* x, float* y, int length)
    {
        for (var i = 0; i < length; i += Lanes.Count)
        {
            var count = length - i;
            Lanes.Store(x + i, Lanes.Load<TLanes, float>(x + i, count) * Lanes.Load<TLanes, float>(y + i, count), count);
        }
    }

    /// <summary>result = first a + second b, the first product rounded before the sum. Vectors of <paramref name="length"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mix(float first, float* a, float second, float* b, float* result, int length)
    {
        for (var i = 0; i < length; i += Lanes.Count)
        {
            var count = length - i;
            var product = TLanes.Broadcast(first) * Lanes.Load<TLanes, float>(a + i, count);
            Lanes.Store(result + i, TLanes.MultiplyAdd(TLanes.Broadcast(second), Lanes.Load<TLanes, float>(b + i, count), product), count);
        }
    }

    /// <summary>gate = silu(gate) * up, silu(g) = g / (1 + e^-g). Vectors of <paramref name="length"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SiluMultiply(float* gate, float* up, int length)
    {
        var one = TLanes.Broadcast(1);
        for (var i = 0; i < length; i += Lanes.Count)
        {
            var count = length - i;
            var g = Lanes.Load<TLanes, float>(gate + i, count);
            var silu = g / (one + Exponential.Of(TLanes.Broadcast(0) - g));
            Lanes.Store(gate + i, silu * Lanes.Load<TLanes, float>(up + i, count), count);
        }
    }

    /// <summary>result = e^((x - shift) factor), for <paramref name="length"/> elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exp(float* x, float shift, float factor, float* result, int length)
    {
        for (var i = 0; i < length; i += Lanes.Count)
        {
            var count = length - i;
            var difference = Lanes.Load<TLanes, float>(x + i, count) - TLanes.Broadcast(shift);
            Lanes.Store(result + i, Exponential.Of(difference * TLanes.Broadcast(factor)), count);
        }
    }

    /// <summary>
    /// The rotary embedding of one head in place: pairs are i and i + half; the pair (a, b) becomes (a cos - b sin, b cos + a sin), the second product
    /// rounded before the sum.
    /// </summary>
    /// <param name="head">[2 * half]</param>
    /// <param name="cos">[half]</param>
    /// <param name="sin">[half]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(float* head, float* cos, float* sin, int half)
    {
        for (var i = 0; i < half; i += Lanes.Count)
        {
            var count = half - i;
            var a = Lanes.Load<TLanes, float>(head + i, count);
            var b = Lanes.Load<TLanes, float>(head + half + i, count);
            var c = Lanes.Load<TLanes, float>(cos + i, count);
            var s = Lanes.Load<TLanes, float>(sin + i, count);
            Lanes.Store(head + i, TLanes.MultiplyAdd(a, c, TLanes.Broadcast(0) - (b * s)), count);
            Lanes.Store(head + half + i, TLanes.MultiplyAdd(b, c, a * s), count);
        }
    }
}

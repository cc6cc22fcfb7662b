using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// Rounds a row of f32 activations to i16 codes, block by block: scale = m / 32767 and code = round(x * (32767 / m)), ties to even, where m is the largest
/// magnitude. A block below 1e-30 counts as zero; one that holds a NaN or an infinity gets the scale NaN, so that what is not a number stays visible.
/// </summary>
internal static unsafe class ActivationCoder<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private const float Most = 32767;
    private const float Least = 1e-30f;

    /// <param name="x">[inputs] of all slices.</param>
    /// <param name="row">The row's codes, [layout.Codes], and blocks, [layout.Blocks]: written, the padding with zeros.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Encode(PanelLayout layout, float* x, CodedRows row)
    {
        var length = layout.Type.BlockInputs();
        foreach (var slice in layout.Slices)
        {
            var block = row.BlocksOf(0) + slice.FirstBlock;
            for (var i = 0; i < slice.Inputs; i += length)
                *block++ = EncodeBlock(x + slice.FirstInput + i, row.Row(0) + slice.FirstCode + i, Math.Min(length, slice.Inputs - i));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ActivationBlock EncodeBlock(float* x, short* codes, int count)
    {
        var whole = count & -Lanes.Count;
        var rest = count - whole;
        var padded = stackalloc float[Lanes.Count];
        new Span<float>(padded, Lanes.Count).Clear();
        new ReadOnlySpan<float>(x + whole, rest).CopyTo(new Span<float>(padded, Lanes.Count));

        // The bits of magnitudes are ordered as the magnitudes are, with the infinity and then the NaNs on top.
        var largest = TLanes.And(TLanes.Load(padded), int.MaxValue);
        for (var i = 0; i < whole; i += Lanes.Count)
            largest = TLanes.MaxInteger(largest, TLanes.And(TLanes.Load(x + i), int.MaxValue));
        var magnitude = BitConverter.Int32BitsToSingle(Largest(largest));
        if (!float.IsFinite(magnitude) || magnitude < Least)
        {
            new Span<short>(codes, (count + 7) & -8).Clear();
            return new ActivationBlock { Scale = float.IsFinite(magnitude) ? 0 : float.NaN };
        }

        var factor = TLanes.Broadcast(Most / magnitude);
        for (var i = 0; i < whole; i += Lanes.Count)
            TLanes.StoreNarrow(codes + i, TLanes.ToInteger(TLanes.Load(x + i) * factor));
        if (rest > 0)
        {
            var narrow = stackalloc short[Lanes.Count];
            TLanes.StoreNarrow(narrow, TLanes.ToInteger(TLanes.Load(padded) * factor));
            new ReadOnlySpan<short>(narrow, (rest + 7) & -8).CopyTo(new Span<short>(codes + whole, (rest + 7) & -8));
        }

        return new ActivationBlock { Scale = magnitude / Most, Sum = SumOf(codes, count) };
    }

    /// <summary>The sum of codes: at most 256 * 32767.</summary>
    private static int SumOf(short* codes, int count)
    {
        const int Pairs = 2 * Lanes.Count;
        var whole = count & -Pairs;
        var sums = TLanes.BroadcastInteger(0);
        var ones = TLanes.BroadcastInteger(0x00010001);
        for (var i = 0; i < whole; i += Pairs)
            sums = TLanes.AddPairs(sums, TLanes.LoadBits(codes + i), ones);
        var sum = 0;
        foreach (var lane in new ReadOnlySpan<int>(&sums, Lanes.Count))
            sum += lane;
        for (var i = whole; i < count; i++)
            sum += codes[i];
        return sum;
    }

    private static int Largest(TLanes integers)
    {
        var largest = 0;
        foreach (var lane in new ReadOnlySpan<int>(&integers, Lanes.Count))
            largest = Math.Max(largest, lane);
        return largest;
    }
}

using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// Rounds the weights of 16 outputs to codes, block by block: code = round(fma(w, 1 / scale, zero)), ties to even; the same codes and scales on every
/// instruction set. A block whose largest magnitude is below 1e-30 counts as zero.
/// </summary>
internal static unsafe class CodedPanelWriter<TLanes, TCodes>
    where TLanes : unmanaged, ILanes<TLanes>
    where TCodes : ICodes
{
    private const float Least = 1e-30f;

    /// <param name="weights">[inputs of the slice, 16], all finite; outputs past the last are zero.</param>
    /// <param name="panel">Where the slice begins in its panel: written.</param>
    public static void Write(PanelLayout layout, PanelSlice slice, float* weights, byte* panel)
    {
        var length = layout.Type.BlockInputs();
        for (var first = 0; first < slice.Inputs; first += length)
            panel = WriteBlock(weights + (first * Lanes.Count), Math.Min(length, slice.Inputs - first), panel);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static byte* WriteBlock(float* weights, int count, byte* panel)
    {
        var largest = Largest(weights, count);
        var magnitudes = TLanes.And(largest, int.MaxValue);
        var least = TLanes.Broadcast(Least);
        var zero = TLanes.Broadcast(0);
        var scales = TLanes.WhereLess(magnitudes, least, zero, TCodes.Scale(largest));
        var factors = TLanes.WhereLess(magnitudes, least, zero, TLanes.Broadcast(1) / TCodes.Scale(largest));
        panel = WriteCodes(weights, count, factors, panel);
        TLanes.Store((float*)panel, scales);
        return panel + CodedPanel.ScaleBytes;
    }

    /// <summary>Of each output the weight of the largest magnitude, the first of equals.</summary>
    private static TLanes Largest(float* weights, int count)
    {
        var largest = TLanes.Broadcast(0);
        for (var i = 0; i < count; i++)
        {
            var weight = TLanes.Load(weights + (i * Lanes.Count));
            largest = TLanes.WhereLess(TLanes.And(largest, int.MaxValue), TLanes.And(weight, int.MaxValue), weight, largest);
        }

        return largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static byte* WriteCodes(float* weights, int count, TLanes factors, byte* panel)
    {
        var end = (count + 7) & -8;
        for (var first = 0; first < end; first += TCodes.LaneInputs)
        {
            var packed = TLanes.BroadcastInteger(0);
            for (var i = 0; i < TCodes.LaneInputs; i++)
            {
                var code = first + i < count ? Code(TLanes.Load(weights + ((first + i) * Lanes.Count)), factors) : TLanes.BroadcastInteger(TCodes.Zero);
                packed = TLanes.Or(packed, TLanes.ShiftLeft(code, (i / 2 * TCodes.Bits) + (i % 2 * 16)));
            }

            TLanes.Store((float*)panel, packed);
            panel += Lanes.Bytes;
        }

        return panel;
    }

    // int8 has no code 0: |w / s| is at most 127. int4 clips what rounds to 8.
    private static TLanes Code(TLanes weights, TLanes factors)
    {
        var code = TLanes.ToInteger(TLanes.MultiplyAdd(weights, factors, TLanes.Broadcast(TCodes.Zero)));
        return TLanes.MaxInteger(TLanes.MinInteger(code, TLanes.BroadcastInteger((1 << TCodes.Bits) - 1)), TLanes.BroadcastInteger(0));
    }
}

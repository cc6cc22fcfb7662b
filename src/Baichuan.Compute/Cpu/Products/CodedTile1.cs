using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// One row of coded activations by a panel of codes of each stream. For output o: acc = 0; for each block in order, with the exact whole number
/// n = sum over the block's inputs of (code of o - zero) * (activation's code): acc = fma(round(n to f32) * activation scale, weight scale of o, acc),
/// the product rounded before the fused multiply-add. The zero point goes in by starting n at -zero * (sum of the activations' codes).
/// </summary>
/// <remarks>Every tile gives an element these bits, whatever rows and outputs share it.</remarks>
internal static unsafe class CodedTile1<TLanes, TCodes>
    where TLanes : unmanaged, ILanes<TLanes>
    where TCodes : ICodes
{
    /// <param name="panel">Of the first stream; those of the other three are <paramref name="apart"/> bytes from each other.</param>
    /// <param name="sums">[1, 4, 16]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(CodedPanel panel, nint apart, CodedRows rows, float* sums)
    {
        var panel0 = (byte*)panel.Weights;
        var panel1 = panel0 + apart;
        var panel2 = panel1 + apart;
        var panel3 = panel2 + apart;
        var blocks = rows.BlocksOf(0);
        var x = rows.Row(0);
        TLanes total0 = default, total1 = default, total2 = default, total3 = default;
        for (var left = panel.Inputs; left > 0; left -= panel.BlockInputs)
        {
            var s0 = TLanes.BroadcastInteger(-TCodes.Zero * blocks[0].Sum);
            var s1 = s0;
            var s2 = s0;
            var s3 = s0;
            nint inputs = Math.Min(left, panel.BlockInputs);
            for (nint k = 0; k < inputs; k += TCodes.LaneInputs)
            {
                Prefetch.Line(panel0 + Prefetch.StreamDistance);
                Prefetch.Line(panel1 + Prefetch.StreamDistance);
                Prefetch.Line(panel2 + Prefetch.StreamDistance);
                Prefetch.Line(panel3 + Prefetch.StreamDistance);
                var v0 = TLanes.LoadBits(panel0);
                var v1 = TLanes.LoadBits(panel1);
                var v2 = TLanes.LoadBits(panel2);
                var v3 = TLanes.LoadBits(panel3);
                panel0 += Lanes.Bytes;
                panel1 += Lanes.Bytes;
                panel2 += Lanes.Bytes;
                panel3 += Lanes.Bytes;
                var a = TLanes.BroadcastBits(x + k);
                s0 = TLanes.AddPairs(s0, TCodes.Plane(v0, 0), a);
                s1 = TLanes.AddPairs(s1, TCodes.Plane(v1, 0), a);
                s2 = TLanes.AddPairs(s2, TCodes.Plane(v2, 0), a);
                s3 = TLanes.AddPairs(s3, TCodes.Plane(v3, 0), a);
                a = TLanes.BroadcastBits(x + k + 2);
                s0 = TLanes.AddPairs(s0, TCodes.Plane(v0, 1), a);
                s1 = TLanes.AddPairs(s1, TCodes.Plane(v1, 1), a);
                s2 = TLanes.AddPairs(s2, TCodes.Plane(v2, 1), a);
                s3 = TLanes.AddPairs(s3, TCodes.Plane(v3, 1), a);
                if (TCodes.Bits == 8)
                    continue;
                a = TLanes.BroadcastBits(x + k + 4);
                s0 = TLanes.AddPairs(s0, TCodes.Plane(v0, 2), a);
                s1 = TLanes.AddPairs(s1, TCodes.Plane(v1, 2), a);
                s2 = TLanes.AddPairs(s2, TCodes.Plane(v2, 2), a);
                s3 = TLanes.AddPairs(s3, TCodes.Plane(v3, 2), a);
                a = TLanes.BroadcastBits(x + k + 6);
                s0 = TLanes.AddPairs(s0, TCodes.Plane(v0, 3), a);
                s1 = TLanes.AddPairs(s1, TCodes.Plane(v1, 3), a);
                s2 = TLanes.AddPairs(s2, TCodes.Plane(v2, 3), a);
                s3 = TLanes.AddPairs(s3, TCodes.Plane(v3, 3), a);
            }

            var scale = TLanes.Broadcast(blocks[0].Scale);
            total0 = TLanes.MultiplyAdd(TLanes.ToSingle(s0) * scale, TLanes.LoadBits(panel0), total0);
            total1 = TLanes.MultiplyAdd(TLanes.ToSingle(s1) * scale, TLanes.LoadBits(panel1), total1);
            total2 = TLanes.MultiplyAdd(TLanes.ToSingle(s2) * scale, TLanes.LoadBits(panel2), total2);
            total3 = TLanes.MultiplyAdd(TLanes.ToSingle(s3) * scale, TLanes.LoadBits(panel3), total3);
            panel0 += CodedPanel.ScaleBytes;
            panel1 += CodedPanel.ScaleBytes;
            panel2 += CodedPanel.ScaleBytes;
            panel3 += CodedPanel.ScaleBytes;
            blocks++;
            x += inputs;
        }

        TLanes.Store(sums, total0);
        TLanes.Store(sums + Lanes.Count, total1);
        TLanes.Store(sums + (2 * Lanes.Count), total2);
        TLanes.Store(sums + (3 * Lanes.Count), total3);
    }
}

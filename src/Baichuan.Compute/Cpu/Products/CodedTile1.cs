using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// One row of coded activations by one panel of codes. For output o: acc = 0; for each block in order, with the exact whole number
/// n = sum over the block's inputs of (code of o - zero) * (activation's code): acc = fma(round(n to f32) * activation scale, weight scale of o, acc),
/// the product rounded before the fused multiply-add. The zero point goes in by starting n at -zero * (sum of the activations' codes).
/// </summary>
/// <remarks>Every tile gives an element these bits, whatever rows and outputs share it.</remarks>
internal static unsafe class CodedTile1<TLanes, TCodes>
    where TLanes : unmanaged, ILanes<TLanes>
    where TCodes : ICodes
{
    /// <param name="sums">[1, 16]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(CodedPanel panel, CodedRows rows, float* sums)
    {
        var weights = (byte*)panel.Weights;
        var blocks = rows.BlocksOf(0);
        var x0 = rows.Row(0);
        var total = TLanes.Broadcast(0f);
        for (var left = panel.Inputs; left > 0; left -= panel.BlockInputs)
        {
            var s0 = TLanes.BroadcastInteger(-TCodes.Zero * blocks[0].Sum);
            nint inputs = Math.Min(left, panel.BlockInputs);
            for (nint k = 0; k < inputs; k += TCodes.LaneInputs)
            {
                var vector = TLanes.LoadBits(weights);
                Prefetch.Line(weights + Prefetch.Distance);
                weights += Lanes.Bytes;
                var plane = TCodes.Plane(vector, 0);
                s0 = TLanes.AddPairs(s0, plane, TLanes.BroadcastBits(x0 + k));
                plane = TCodes.Plane(vector, 1);
                s0 = TLanes.AddPairs(s0, plane, TLanes.BroadcastBits(x0 + k + 2));
                if (TCodes.Bits == 8)
                    continue;
                plane = TCodes.Plane(vector, 2);
                s0 = TLanes.AddPairs(s0, plane, TLanes.BroadcastBits(x0 + k + 4));
                plane = TCodes.Plane(vector, 3);
                s0 = TLanes.AddPairs(s0, plane, TLanes.BroadcastBits(x0 + k + 6));
            }

            var scale = TLanes.LoadBits(weights);
            weights += CodedPanel.ScaleBytes;
            total = TLanes.MultiplyAdd(TLanes.ToSingle(s0) * TLanes.Broadcast(blocks[0].Scale), scale, total);
            blocks++;
            x0 += inputs;
        }

        TLanes.Store(sums, total);
    }
}

using System.Runtime.CompilerServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>Four rows of coded activations by one panel of codes; defined by <see cref="CodedTile1{TLanes,TCodes}"/>.</summary>
internal static unsafe class CodedTile4<TLanes, TCodes>
    where TLanes : unmanaged, ILanes<TLanes>
    where TCodes : ICodes
{
    /// <param name="sums">[4, 16]: written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(CodedPanel panel, CodedRows rows, float* sums)
    {
        var weights = (byte*)panel.Weights;
        var blocks = rows.BlocksOf(0);
        var stride = rows.BlockStride;
        var x0 = rows.Row(0);
        var x1 = rows.Row(1);
        var x2 = rows.Row(2);
        var x3 = rows.Row(3);
        new Span<float>(sums, 4 * Lanes.Count).Clear();
        for (var left = panel.Inputs; left > 0; left -= panel.BlockInputs)
        {
            var s0 = TLanes.BroadcastInteger(-TCodes.Zero * blocks[0].Sum);
            var s1 = TLanes.BroadcastInteger(-TCodes.Zero * blocks[stride].Sum);
            var s2 = TLanes.BroadcastInteger(-TCodes.Zero * blocks[2 * stride].Sum);
            var s3 = TLanes.BroadcastInteger(-TCodes.Zero * blocks[3 * stride].Sum);
            nint inputs = Math.Min(left, panel.BlockInputs);
            for (nint k = 0; k < inputs; k += TCodes.LaneInputs)
            {
                var vector = TLanes.LoadBits(weights);
                Prefetch.Line(weights + Prefetch.Distance);
                weights += Lanes.Bytes;
                var plane = TCodes.Plane(vector, 0);
                s0 = TLanes.AddPairs(s0, plane, TLanes.BroadcastBits(x0 + k));
                s1 = TLanes.AddPairs(s1, plane, TLanes.BroadcastBits(x1 + k));
                s2 = TLanes.AddPairs(s2, plane, TLanes.BroadcastBits(x2 + k));
                s3 = TLanes.AddPairs(s3, plane, TLanes.BroadcastBits(x3 + k));
                plane = TCodes.Plane(vector, 1);
                s0 = TLanes.AddPairs(s0, plane, TLanes.BroadcastBits(x0 + k + 2));
                s1 = TLanes.AddPairs(s1, plane, TLanes.BroadcastBits(x1 + k + 2));
                s2 = TLanes.AddPairs(s2, plane, TLanes.BroadcastBits(x2 + k + 2));
                s3 = TLanes.AddPairs(s3, plane, TLanes.BroadcastBits(x3 + k + 2));
                if (TCodes.Bits == 8)
                    continue;
                plane = TCodes.Plane(vector, 2);
                s0 = TLanes.AddPairs(s0, plane, TLanes.BroadcastBits(x0 + k + 4));
                s1 = TLanes.AddPairs(s1, plane, TLanes.BroadcastBits(x1 + k + 4));
                s2 = TLanes.AddPairs(s2, plane, TLanes.BroadcastBits(x2 + k + 4));
                s3 = TLanes.AddPairs(s3, plane, TLanes.BroadcastBits(x3 + k + 4));
                plane = TCodes.Plane(vector, 3);
                s0 = TLanes.AddPairs(s0, plane, TLanes.BroadcastBits(x0 + k + 6));
                s1 = TLanes.AddPairs(s1, plane, TLanes.BroadcastBits(x1 + k + 6));
                s2 = TLanes.AddPairs(s2, plane, TLanes.BroadcastBits(x2 + k + 6));
                s3 = TLanes.AddPairs(s3, plane, TLanes.BroadcastBits(x3 + k + 6));
            }

            var scale = TLanes.LoadBits(weights);
            weights += CodedPanel.ScaleBytes;
            Add(s0, blocks[0].Scale, scale, sums);
            Add(s1, blocks[stride].Scale, scale, sums + Lanes.Count);
            Add(s2, blocks[2 * stride].Scale, scale, sums + (2 * Lanes.Count));
            Add(s3, blocks[3 * stride].Scale, scale, sums + (3 * Lanes.Count));
            blocks++;
            x0 += inputs;
            x1 += inputs;
            x2 += inputs;
            x3 += inputs;
        }
    }

    // The f32 sums stay in memory: between two blocks the registers belong to the whole-number ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TLanes products, float activationScale, TLanes weightScale, float* sums) =>
        TLanes.Store(sums, TLanes.MultiplyAdd(TLanes.ToSingle(products) * TLanes.Broadcast(activationScale), weightScale, TLanes.Load(sums)));
}

using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>
/// y[r, o] = sum over i of x[r, i] * w[o, i]. Element i goes to lane i mod 16 of the pair's own accumulator by one fused multiply-add, in order of
/// i; vectors end padded with +0; at the end the lanes are added by <see cref="ILanes{TSelf}.Sum"/>. So a result depends on its two vectors only,
/// never on which other pairs are computed beside it: the tiles only keep several accumulators in registers at once.
/// </summary>
internal static unsafe class DotProducts<TLanes, TWeight>
    where TLanes : unmanaged, ILanes<TLanes>
    where TWeight : unmanaged
{
    /// <param name="x">[rows, length], rows <paramref name="xStride"/> apart.</param>
    /// <param name="w">[outs, length], rows <paramref name="wStride"/> apart.</param>
    /// <param name="y">[rows, outs], rows <paramref name="yStride"/> apart.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* x, nint xStride, int rows, TWeight* w, nint wStride, int outs, int length, float* y, nint yStride)
    {
        var tileRows = rows == 1 ? 1 : TLanes.HoldsSixteen ? 4 : 2;
        var tileOuts = tileRows == 2 ? 2 : 4;
        var (whole, rest) = (length & -Lanes.Count, length % Lanes.Count);
        var sums = stackalloc float[16];
        var xPadded = stackalloc float[4 * Lanes.Count];
        var wPadded = stackalloc TWeight[4 * Lanes.Count];
        for (var r = 0; r < rows; r += tileRows)
        {
            var validRows = Math.Min(tileRows, rows - r);
            var xs = new TileRows<float>(x + (r * xStride), xStride, validRows);
            var xTail = xs.Tail(whole, rest, xPadded);
            for (var o = 0; o < outs; o += tileOuts)
            {
                var validOuts = Math.Min(tileOuts, outs - o);
                var ws = new TileRows<TWeight>(w + (o * wStride), wStride, validOuts);
                var wTail = ws.Tail(whole, rest, wPadded);
                if (tileRows == 1)
                    DotTile1x4<TLanes, TWeight>.Multiply(xs, ws, whole, xTail, wTail, rest, sums);
                else if (tileRows == 2)
                    DotTile2x2<TLanes, TWeight>.Multiply(xs, ws, whole, xTail, wTail, rest, sums);
                else
                    DotTile4x4<TLanes, TWeight>.Multiply(xs, ws, whole, xTail, wTail, rest, sums);
                Keep(sums, tileOuts, validRows, validOuts, y + (r * yStride) + o, yStride);
            }
        }
    }

    /// <summary>Copies the part of a tile that is inside the product.</summary>
    private static void Keep(float* sums, int sumStride, int rows, int outs, float* y, nint yStride)
    {
        for (var r = 0; r < rows; r++)
        {
            for (var o = 0; o < outs; o++)
                y[(r * yStride) + o] = sums[(r * sumStride) + o];
        }
    }
}

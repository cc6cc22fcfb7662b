using System.Buffers;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Threads;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>
/// Reads a matrix from the checkpoint, panel by panel, and rounds it to its type on the way: a thread holds the f32 rows of one panel and nothing else is
/// held twice. The matrix is one slice or several with the same columns, one below the other.
/// </summary>
internal sealed unsafe class PanelReadJob(
    KernelSet kernels, ModelCheckpoint checkpoint, IReadOnlyList<TensorSlice> slices, WeightMatrix matrix, CancellationToken cancellation) : ComputeJob
{
    public void Run(ComputePool pool) => pool.Run(this, matrix.Layout.Panels, 1);

    protected internal override void RunPart(int start, int end)
    {
        var layout = matrix.Layout;
        var rows = ArrayPool<float>.Shared.Rent(Lanes.Count * layout.Inputs);
        var turned = ArrayPool<float>.Shared.Rent(Lanes.Count * layout.Inputs);
        for (var panel = start; panel < end; panel++)
        {
            cancellation.ThrowIfCancellationRequested();
            var first = Math.Min(panel * Lanes.Count, layout.Outputs);
            var count = Math.Min(Lanes.Count, layout.Outputs - first);
            Read(first, count, rows);
            for (var o = 0; o < count && matrix.OutputFactors is not null; o++)
                matrix.OutputFactors[first + o] = InverseNorm(rows.AsSpan(o * layout.Inputs, layout.Inputs));
            fixed (float* weights = turned)
                Write(rows, count, weights, matrix.Panels + ((nint)panel * layout.PanelBytes));
        }

        ArrayPool<float>.Shared.Return(rows);
        ArrayPool<float>.Shared.Return(turned);
    }

    /// <summary>Reads outputs from <paramref name="first"/> on, from whichever slices they are in.</summary>
    /// <param name="rows">[count, inputs]: written.</param>
    private void Read(int first, int count, Span<float> rows)
    {
        foreach (var slice in slices)
        {
            var skipped = Math.Min(first, slice.RowCount);
            var taken = Math.Min(count, slice.RowCount - skipped);
            var length = taken * slice.Columns.Count;
            if (length > 0)
                checkpoint.ReadRows(slice, skipped, taken, rows[..length]);
            rows = rows[length..];
            first -= skipped;
            count -= taken;
        }
    }

    /// <summary>Turns the outputs of a panel to [inputs, 16] and rounds them, slice by slice.</summary>
    private void Write(float[] rows, int outputs, float* turned, byte* panel)
    {
        var layout = matrix.Layout;
        foreach (var slice in layout.Slices)
        {
            var largest = 0;
            for (var lane = 0; lane < Lanes.Count; lane++)
            {
                var row = lane < outputs ? rows.AsSpan((lane * layout.Inputs) + slice.FirstInput, slice.Inputs) : default;
                for (var k = 0; k < slice.Inputs; k++)
                {
                    var weight = lane < outputs ? row[k] : 0;
                    largest = Math.Max(largest, BitConverter.SingleToInt32Bits(weight) & int.MaxValue);
                    turned[(k * Lanes.Count) + lane] = weight;
                }
            }

            // A code has no NaN; floats carry it to the logits, where it is noticed.
            if (layout.Type.IsCoded() && !float.IsFinite(BitConverter.Int32BitsToSingle(largest)))
                throw new ModelFormatException(slices[0].Name, $"has a weight that is NaN or infinite, which {layout.Type} cannot hold: use F32 or BF16 weights or mend the checkpoint");
            kernels.WritePanel(layout, slice, turned, panel);
        }
    }

    /// <summary>1 / max(||row||, 1e-12), as the model's normalised head has it.</summary>
    private static float InverseNorm(ReadOnlySpan<float> row)
    {
        var squares = 0.0;
        foreach (var value in row)
            squares += (double)value * value;
        return (float)(1 / Math.Max(Math.Sqrt(squares), 1e-12));
    }
}

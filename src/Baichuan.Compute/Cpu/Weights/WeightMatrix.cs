using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>
/// A rank's part of a matrix [Rows, columns] in native memory, cut by columns into its reduction groups (a matrix that is cut by rows only has one
/// group). A product is the groups' partial sums, added in the order of <see cref="ReductionTree"/>.
/// </summary>
internal sealed unsafe class WeightMatrix
{
    public WeightMatrix(NativeHeap heap, WeightType type, int rows, ReadOnlySpan<int> groupColumns)
    {
        Type = type;
        Rows = rows;
        var groups = new ColumnGroup[groupColumns.Length];
        for (var g = 0; g < groups.Length; g++)
        {
            var elements = (long)rows * groupColumns[g];
            var data = type == WeightType.BF16 ? (nint)heap.Allocate<Bf16>(elements) : (nint)heap.Allocate<float>(elements);
            groups[g] = new ColumnGroup(Columns, groupColumns[g], data);
            Columns += groupColumns[g];
        }

        Groups = groups;
    }

    public WeightType Type { get; }

    public int Rows { get; }

    /// <summary>Columns of all groups.</summary>
    public int Columns { get; }

    public IReadOnlyList<ColumnGroup> Groups { get; }

    /// <summary>[Rows]: factors of the products, or null where there are none.</summary>
    public float* RowFactors { get; init; }

    /// <summary>y[r, o] = x[r] . row (firstOut + o) of one group's columns. <paramref name="x"/> is [rows, columns of the group].</summary>
    public void MultiplyGroup(KernelSet kernels, int group, float* x, nint xStride, int rows, int firstOut, int outs, float* y, nint yStride)
    {
        var (_, columns, data) = Groups[group];
        if (Type == WeightType.BF16)
            kernels.DotProducts(x, xStride, rows, (Bf16*)data + ((nint)firstOut * columns), columns, outs, columns, y, yStride);
        else
            kernels.DotProducts(x, xStride, rows, (float*)data + ((nint)firstOut * columns), columns, outs, columns, y, yStride);
    }

    /// <summary>Widens one row of a matrix of one group.</summary>
    /// <param name="destination">[Columns]</param>
    public void CopyRow(int row, Span<float> destination)
    {
        if (Type == WeightType.F32)
        {
            new ReadOnlySpan<float>((float*)Groups[0].Data + ((nint)row * Columns), Columns).CopyTo(destination);
            return;
        }

        var source = new ReadOnlySpan<Bf16>((Bf16*)Groups[0].Data + ((nint)row * Columns), Columns);
        for (var i = 0; i < source.Length; i++)
            destination[i] = source[i].ToSingle();
    }
}

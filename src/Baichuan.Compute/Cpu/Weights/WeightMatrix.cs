using Baichuan.Compute.Cpu.Products;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>
/// A rank's part of a matrix [Outputs, Inputs] in native memory, as panels of outputs, its inputs cut into the reduction groups (a matrix that is cut by
/// outputs only has one). A product is the groups' partial sums, added in the order of <see cref="ReductionTree"/>.
/// </summary>
internal sealed unsafe class WeightMatrix
{
    public WeightMatrix(NativeHeap heap, WeightType type, int outputs, ReadOnlySpan<int> groupInputs)
    {
        Layout = new PanelLayout(type, outputs, groupInputs);
        Panels = heap.Allocate<byte>(Layout.Bytes);
    }

    public PanelLayout Layout { get; }

    /// <summary>The weights, in <see cref="Layout"/>.</summary>
    public byte* Panels { get; }

    public int Outputs => Layout.Outputs;

    /// <summary>Inputs of all groups.</summary>
    public int Inputs => Layout.Inputs;

    /// <summary>[Outputs]: factors of the products, or null where there are none.</summary>
    public float* OutputFactors { get; init; }
}

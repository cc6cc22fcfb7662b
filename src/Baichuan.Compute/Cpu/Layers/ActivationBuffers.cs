using Baichuan.Compute.Cpu.Products;
using Baichuan.Compute.Cpu.Weights;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>The activations of a step, in native memory sized by the most rows of a step.</summary>
internal sealed unsafe class ActivationBuffers
{
    /// <summary>Rows of the feed-forward part that are computed together: its inner activations are the widest, and this bounds them.</summary>
    public const int FfnRows = 128;

    public ActivationBuffers(NativeHeap heap, int hiddenSize, ShardWeights weights, ExecutorOptions options)
    {
        HiddenSize = hiddenSize;
        long rows = options.MaxBatchRows;
        var layers = weights.Layers;
        Hidden = heap.Allocate<float>(rows * hiddenSize);
        Normed = heap.Allocate<float>(rows * hiddenSize);
        Delta = heap.Allocate<float>(rows * hiddenSize);
        QueryKeyValue = heap.Allocate<float>(rows * layers.Max(l => l.QueryKeyValue.Outputs));
        Context = heap.Allocate<float>(rows * layers.Max(l => l.AttentionOutput.Inputs));
        GateUp = heap.Allocate<float>(Math.Min(rows, FfnRows) * layers.Max(l => l.GateUp.Outputs));
        var layouts = weights.Matrices.Select(m => m.Layout).ToList();
        Coded = new CodedActivations(heap, options.Weights, options.MaxBatchRows, layouts.Max(l => l.Inputs), layouts.Max(l => l.Slices.Length));
    }

    public int HiddenSize { get; }

    /// <summary>[rows, hidden]: the residual stream, the same on every rank of the stage.</summary>
    public float* Hidden { get; }

    /// <summary>[rows, hidden]: the input of a sublayer.</summary>
    public float* Normed { get; }

    /// <summary>[rows, hidden]: what a sublayer adds to the residual stream.</summary>
    public float* Delta { get; }

    /// <summary>[rows, q + k + v of the layer's kind]: q after the rotary embedding, k and v raw.</summary>
    public float* QueryKeyValue { get; }

    /// <summary>[rows, heads * headDim]: what attention brings, before the output projection.</summary>
    public float* Context { get; }

    /// <summary>[<see cref="FfnRows"/>, gate + up].</summary>
    public float* GateUp { get; }

    /// <summary>The input of the product that runs, where weights are whole numbers.</summary>
    public CodedActivations Coded { get; }
}

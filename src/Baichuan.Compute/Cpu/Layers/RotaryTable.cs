using Baichuan.Compute.Sequences;
using Baichuan.Compute.Threads;
using Baichuan.Model;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>
/// Cosines and sines of the rotary embedding for the rows of a step, one kind of layer: angle = position * theta^(-2i / headDim), computed in double and
/// rounded to f32. Recomputed every step, for all layers at once: cheaper than a table over the whole context is to keep.
/// </summary>
internal sealed unsafe class RotaryTable : ComputeJob
{
    private const int PartRows = 4;

    private readonly StepRows _rows;
    private readonly double[] _inverseFrequencies;

    // [rows, headDim / 2]
    private readonly float* _cos;
    private readonly float* _sin;

    public RotaryTable(NativeHeap heap, StepRows rows, int maxRows, AttentionGeometry geometry, double theta)
    {
        _rows = rows;
        Half = geometry.HeadDim / 2;
        _inverseFrequencies = new double[Half];
        for (var i = 0; i < Half; i++)
            _inverseFrequencies[i] = PortableMath.Exp(-2.0 * i / geometry.HeadDim * PortableMath.Log(theta));
        _cos = heap.Allocate<float>((long)maxRows * Half);
        _sin = heap.Allocate<float>((long)maxRows * Half);
    }

    /// <summary>Angles of a row.</summary>
    public int Half { get; }

    /// <summary>[Half]</summary>
    public float* Cos(int row) => _cos + ((nint)row * Half);

    /// <summary>[Half]</summary>
    public float* Sin(int row) => _sin + ((nint)row * Half);

    public void Compute(ComputePool pool) => pool.Run(this, _rows.Count, PartRows);

    protected internal override void RunPart(int start, int end)
    {
        for (var row = start; row < end; row++)
        {
            float* cos = Cos(row), sin = Sin(row);
            for (var i = 0; i < Half; i++)
            {
                var (s, c) = PortableMath.SinCos(_rows.Position(row) * _inverseFrequencies[i]);
                sin[i] = (float)s;
                cos[i] = (float)c;
            }
        }
    }
}

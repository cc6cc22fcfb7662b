using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Threads;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>hidden += delta, then normed = RMSNorm(hidden), row by row; either half can be left out.</summary>
internal sealed unsafe class NormJob(KernelSet kernels, ComputePool pool, ActivationBuffers buffers, double epsilon) : ComputeJob
{
    private const int PartRows = 4;

    private bool _adds;
    private float* _weight;

    /// <param name="adds">Adds what the sublayer before brought.</param>
    /// <param name="weight">[hidden]; null for the sum alone.</param>
    public void Run(int rows, bool adds, float* weight)
    {
        _adds = adds;
        _weight = weight;
        pool.Run(this, rows, PartRows);
    }

    protected internal override void RunPart(int start, int end)
    {
        var length = buffers.HiddenSize;
        for (nint row = start; row < end; row++)
        {
            var hidden = buffers.Hidden + (row * length);
            if (_adds)
                kernels.Add(hidden, buffers.Delta + (row * length), length);
            if (_weight is not null)
                kernels.Normalize(hidden, _weight, buffers.Normed + (row * length), length, epsilon);
        }
    }
}

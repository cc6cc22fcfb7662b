using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Threads;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>gate = silu(gate) * up over rows of [gate | up].</summary>
internal sealed unsafe class SiluJob(KernelSet kernels, ComputePool pool, ActivationBuffers buffers) : ComputeJob
{
    private int _columns;

    /// <param name="columns">Columns of the gate, and of up.</param>
    public void Run(int rows, int columns)
    {
        _columns = columns;
        pool.Run(this, rows, 1);
    }

    protected internal override void RunPart(int start, int end)
    {
        for (nint row = start; row < end; row++)
        {
            var gate = buffers.GateUp + (row * 2 * _columns);
            kernels.SiluMultiply(gate, gate + _columns, _columns);
        }
    }
}

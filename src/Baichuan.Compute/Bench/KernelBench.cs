using System.Diagnostics;
using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Compute.Cpu.Products;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Bench;

/// <summary>The matrix kernels alone, on one thread: one panel of each stream, which stay in the first-level cache, multiplied again and again.</summary>
public static unsafe class KernelBench
{
    private const int Repeats = 15;
    private static readonly int[] Rows = [1, 2, 4, 8, 16, 64];

    // A repeat takes about 10 ms.
    private const double RepeatMultiplyAdds = 5e8;

    /// <summary>Every instruction set of this machine but the scalar twin, every weight type, several numbers of rows.</summary>
    public static IEnumerable<KernelFigure> Run()
    {
        foreach (var kernels in KernelSet.Supported.SkipLast(1))
        {
            foreach (var type in Enum.GetValues<WeightType>())
            {
                foreach (var rows in Rows)
                    yield return Measure(kernels, type, rows);
            }
        }
    }

    private static KernelFigure Measure(KernelSet kernels, WeightType type, int rows)
    {
        using var heap = new NativeHeap();
        var layout = new PanelLayout(type, PanelLayout.TurnOutputs, [InputsOf(type)]);
        var panel = heap.AllocateZeroed<byte>(layout.Bytes + Prefetch.Distance + Lanes.Bytes);
        var x = heap.AllocateZeroed<float>((long)rows * layout.Inputs);
        var y = heap.AllocateZeroed<float>((long)rows * layout.Outputs);
        var coded = new CodedActivations(heap, type, rows, layout.Inputs, 1).For(layout);
        var products = (int)Math.Max(1, RepeatMultiplyAdds / ((double)rows * layout.Inputs * layout.Outputs));
        var (rates, ceilings) = (new List<double>(), new List<double>());
        for (var repeat = 0; repeat <= Repeats; repeat++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < products; i++)
            {
                if (type.IsCoded())
                    kernels.Multiply(layout, panel, coded, rows, 0, 1, y, layout.Outputs);
                else
                    kernels.Multiply(layout, panel, x, layout.Inputs, rows, 0, 1, y, layout.Outputs);
            }

            var rate = (double)products * rows * layout.Inputs * layout.Outputs / Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (repeat == 0)
                continue; // warming up
            rates.Add(rate);
            if (ArithmeticBench.MultiplyAddsPerSecondOfOne(type, kernels.VectorBits) is { } ceiling)
                ceilings.Add(ceiling);
        }

        return new KernelFigure(kernels.Name, type, rows, Median(rates), ceilings.Count == 0 ? null : Median(ceilings));
    }

    /// <summary>As many as make a panel of each stream, together, 8 to 17 KiB.</summary>
    private static int InputsOf(WeightType type) => type switch
    {
        WeightType.F32 => 64,
        WeightType.BF16 => 128,
        _ => 256,
    };

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}

using System.Runtime.InteropServices;
using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Tests.Cpu.Kernels;

/// <summary>Numbers in native memory for a kernel under test, with guards behind them that nothing may overwrite.</summary>
internal sealed unsafe class NativeVector : IDisposable
{
    private const float Guard = 12345.678f;

    private readonly float* _values;
    private readonly int _length;

    public NativeVector(ReadOnlySpan<float> values)
    {
        _length = values.Length;
        _values = (float*)NativeMemory.Alloc((nuint)(values.Length + Lanes.Count), sizeof(float));
        values.CopyTo(Span);
        new Span<float>(_values + _length, Lanes.Count).Fill(Guard);
    }

    public NativeVector(int length)
        : this(new float[length])
    {
    }

    public Span<float> Span => new(_values, _length);

    public static implicit operator float*(NativeVector vector) => vector._values;

    /// <summary>The bits, so that -0 is not +0 and a NaN is itself.</summary>
    public uint[] Bits() => [.. MemoryMarshal.Cast<float, uint>(Span)];

    /// <summary>The same numbers as bf16, on this vector's memory.</summary>
    public Bf16* ToBf16()
    {
        var narrow = (Bf16*)_values;
        for (var i = 0; i < _length; i++)
            narrow[i] = Bf16.From(_values[i]);
        return narrow;
    }

    public void Dispose()
    {
        Assert.All(new Span<float>(_values + _length, Lanes.Count).ToArray(), guard => Assert.Equal(Guard, guard));
        NativeMemory.Free(_values);
    }
}

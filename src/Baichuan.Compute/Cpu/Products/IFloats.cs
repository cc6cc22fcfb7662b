using Baichuan.Compute.Cpu.Kernels;

namespace Baichuan.Compute.Cpu.Products;

/// <summary>
/// How f32 or bf16 weights lie in a panel of 16 outputs: two inputs at a time, each pair <see cref="PairBytes"/> long. An odd last input is padded with zeros.
/// </summary>
internal unsafe interface IFloats
{
    /// <summary>Bytes of 16 outputs over two inputs.</summary>
    static abstract int PairBytes { get; }

    /// <summary>The weights of 16 outputs for the first input of a pair.</summary>
    static abstract TLanes First<TLanes>(byte* pair)
        where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The weights of 16 outputs for the second input of a pair.</summary>
    static abstract TLanes Second<TLanes>(byte* pair)
        where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The element at which a weight lies.</summary>
    static abstract int Place(int input, int output);

    /// <summary>Rounds the weights of 16 outputs for two inputs.</summary>
    /// <param name="first">[16]</param>
    /// <param name="second">[16]</param>
    static abstract void Write(byte* pair, ReadOnlySpan<float> first, ReadOnlySpan<float> second);
}

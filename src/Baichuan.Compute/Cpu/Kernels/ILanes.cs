namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>
/// Sixteen f32 lanes, the only thing in the kernels that has a variant per instruction set. Every operation rounds as IEEE 754 says and every
/// reduction runs in the order stated here, so that all variants give the same bits (but for the payloads of NaNs).
/// </summary>
internal unsafe interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    static abstract string Name { get; }

    /// <summary>True where this process may run it.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>True where 16 accumulators and their operands stay in registers.</summary>
    static abstract bool HoldsSixteen { get; }

    static abstract TSelf Broadcast(float value);

    static abstract TSelf Load(float* source);

    static abstract TSelf Load(Bf16* source);

    static abstract void Store(float* destination, TSelf value);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a * b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>Lane by lane <paramref name="then"/> where a is less than b, else <paramref name="otherwise"/> (also where one is a NaN).</summary>
    static abstract TSelf WhereLess(TSelf a, TSelf b, TSelf then, TSelf otherwise);

    /// <summary>2 to the n, where a lane's lowest 9 bits hold n + 127, n from -126 to 127; its other bits do not matter.</summary>
    static abstract TSelf PowerOfTwo(TSelf biased);

    /// <summary>The lanes added in halves: l and l + 8, then l and l + 4, l and l + 2, l and l + 1.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>The largest lane; any of them where one is a NaN.</summary>
    static abstract float Max(TSelf value);

    /// <summary>Lane 0.</summary>
    static abstract float First(TSelf value);
}

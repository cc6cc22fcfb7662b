using System.Diagnostics.CodeAnalysis;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>
/// Sixteen lanes of 32 bits, the only thing in the kernels that has a variant per instruction set. A lane is an f32, an i32, or a pair of 16-bit
/// values, as the operation says. Every f32 operation rounds as IEEE 754 says, whole numbers are exact, and every reduction runs in the order stated
/// here, so that all variants give the same bits (but for the payloads of NaNs).
/// </summary>
internal unsafe interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    static abstract string Name { get; }

    /// <summary>True where this process may run it.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Bits of a register.</summary>
    static abstract int VectorBits { get; }

    /// <summary>True where sixteen accumulators and their operands stay in registers.</summary>
    static abstract bool HoldsSixteen { get; }

    /// <summary>The f32 numbers 0 to 15.</summary>
    static abstract TSelf Indices { get; }

    static abstract TSelf Broadcast(float value);

    /// <summary>An i32 in every lane.</summary>
    static abstract TSelf BroadcastInteger(int value);

    /// <summary>The same 32 bits from memory in every lane: an f32, or a pair of i16.</summary>
    static abstract TSelf BroadcastBits(void* source);

    static abstract TSelf Load(float* source);

    static abstract TSelf Load(Bf16* source);

    /// <summary>64 bytes as they are, of any type.</summary>
    static abstract TSelf LoadBits(void* source);

    static abstract void Store(float* destination, TSelf value);

    /// <summary>Sixteen i32, each of which fits, as i16.</summary>
    static abstract void StoreNarrow(short* destination, TSelf integers);

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

    /// <summary>The f32 nearest to each i32, ties to even.</summary>
    static abstract TSelf ToSingle(TSelf integers);

    /// <summary>The i32 nearest to each f32 between -2^31 and 2^31, ties to even.</summary>
    static abstract TSelf ToInteger(TSelf values);

    /// <summary>The larger i32 of each lane.</summary>
    static abstract TSelf MaxInteger(TSelf a, TSelf b);

    /// <summary>The smaller i32 of each lane.</summary>
    static abstract TSelf MinInteger(TSelf a, TSelf b);

    /// <summary>The integer dot product: the i32 sum + a.low * b.low + a.high * b.high over pairs of i16, modulo 2^32.</summary>
    static abstract TSelf AddPairs(TSelf sum, TSelf a, TSelf b);

    /// <summary>The bits that <paramref name="mask"/> has too, in every lane.</summary>
    static abstract TSelf And(TSelf value, int mask);

    /// <summary>The bits of both.</summary>
    static abstract TSelf Or(TSelf a, TSelf b);

    /// <summary>Both 16-bit halves of every lane shifted right by a constant, zeros coming in.</summary>
    static abstract TSelf ShiftHalvesRight(TSelf value, [ConstantExpected] byte bits);

    /// <summary>Every lane shifted left, zeros coming in.</summary>
    static abstract TSelf ShiftLeft(TSelf value, int bits);
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>Sixteen lanes in four 128-bit registers: ARM, in the portable operations that are also there on x86 with FMA.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Lanes128>
{
    private readonly Vector128<float> _a;
    private readonly Vector128<float> _b;
    private readonly Vector128<float> _c;
    private readonly Vector128<float> _d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) => (_a, _b, _c, _d) = (a, b, c, d);

    public static string Name => "vector128";

    public static bool IsSupported => AdvSimd.IsSupported || Fma.IsSupported;

    public static int VectorBits => 128;

    public static bool HoldsSixteen => false;

    public static Lanes128 Indices => new(
        Vector128<float>.Indices,
        Vector128<float>.Indices + Vector128.Create(4f),
        Vector128<float>.Indices + Vector128.Create(8f),
        Vector128<float>.Indices + Vector128.Create(12f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(float value)
    {
        var all = Vector128.Create(value);
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 BroadcastInteger(int value) => Broadcast(BitConverter.Int32BitsToSingle(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 BroadcastBits(void* source) => BroadcastInteger(*(int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBits(void* source) => Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(Bf16* source)
    {
        var (a, b) = Vector128.Widen(Vector128.Load((ushort*)source));
        var (c, d) = Vector128.Widen(Vector128.Load((ushort*)source + 8));
        return new(
            Vector128.ShiftLeft(a, 16).AsSingle(),
            Vector128.ShiftLeft(b, 16).AsSingle(),
            Vector128.ShiftLeft(c, 16).AsSingle(),
            Vector128.ShiftLeft(d, 16).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Lanes128 value)
    {
        value._a.Store(destination);
        value._b.Store(destination + 4);
        value._c.Store(destination + 8);
        value._d.Store(destination + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreNarrow(short* destination, Lanes128 integers)
    {
        Vector128.Narrow(integers._a.AsInt32(), integers._b.AsInt32()).Store(destination);
        Vector128.Narrow(integers._c.AsInt32(), integers._d.AsInt32()).Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 x, Lanes128 y) => new(x._a + y._a, x._b + y._b, x._c + y._c, x._d + y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 x, Lanes128 y) => new(x._a - y._a, x._b - y._b, x._c - y._c, x._d - y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 x, Lanes128 y) => new(x._a * y._a, x._b * y._b, x._c * y._c, x._d * y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 x, Lanes128 y) => new(x._a / y._a, x._b / y._b, x._c / y._c, x._d / y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 x, Lanes128 y, Lanes128 z) => new(
        Vector128.FusedMultiplyAdd(x._a, y._a, z._a),
        Vector128.FusedMultiplyAdd(x._b, y._b, z._b),
        Vector128.FusedMultiplyAdd(x._c, y._c, z._c),
        Vector128.FusedMultiplyAdd(x._d, y._d, z._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 WhereLess(Lanes128 x, Lanes128 y, Lanes128 then, Lanes128 otherwise) => new(
        Vector128.ConditionalSelect(Vector128.LessThan(x._a, y._a), then._a, otherwise._a),
        Vector128.ConditionalSelect(Vector128.LessThan(x._b, y._b), then._b, otherwise._b),
        Vector128.ConditionalSelect(Vector128.LessThan(x._c, y._c), then._c, otherwise._c),
        Vector128.ConditionalSelect(Vector128.LessThan(x._d, y._d), then._d, otherwise._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 PowerOfTwo(Lanes128 biased) => new(
        Vector128.ShiftLeft(biased._a.AsInt32(), 23).AsSingle(),
        Vector128.ShiftLeft(biased._b.AsInt32(), 23).AsSingle(),
        Vector128.ShiftLeft(biased._c.AsInt32(), 23).AsSingle(),
        Vector128.ShiftLeft(biased._d.AsInt32(), 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes128 value) => LaneSums.OfFour((value._a + value._c) + (value._b + value._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Lanes128 value) =>
        LaneMaxima.OfFour(Vector128.MaxNative(Vector128.MaxNative(value._a, value._b), Vector128.MaxNative(value._c, value._d)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float First(Lanes128 value) => value._a.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ToSingle(Lanes128 integers) => new(
        Vector128.ConvertToSingle(integers._a.AsInt32()),
        Vector128.ConvertToSingle(integers._b.AsInt32()),
        Vector128.ConvertToSingle(integers._c.AsInt32()),
        Vector128.ConvertToSingle(integers._d.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ToInteger(Lanes128 values) => new(
        ToInteger(values._a),
        ToInteger(values._b),
        ToInteger(values._c),
        ToInteger(values._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MaxInteger(Lanes128 x, Lanes128 y) => new(
        Vector128.Max(x._a.AsInt32(), y._a.AsInt32()).AsSingle(),
        Vector128.Max(x._b.AsInt32(), y._b.AsInt32()).AsSingle(),
        Vector128.Max(x._c.AsInt32(), y._c.AsInt32()).AsSingle(),
        Vector128.Max(x._d.AsInt32(), y._d.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MinInteger(Lanes128 x, Lanes128 y) => new(
        Vector128.Min(x._a.AsInt32(), y._a.AsInt32()).AsSingle(),
        Vector128.Min(x._b.AsInt32(), y._b.AsInt32()).AsSingle(),
        Vector128.Min(x._c.AsInt32(), y._c.AsInt32()).AsSingle(),
        Vector128.Min(x._d.AsInt32(), y._d.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddPairs(Lanes128 sum, Lanes128 x, Lanes128 y) => new(
        AddPairs(sum._a, x._a, y._a),
        AddPairs(sum._b, x._b, y._b),
        AddPairs(sum._c, x._c, y._c),
        AddPairs(sum._d, x._d, y._d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 And(Lanes128 value, int mask)
    {
        var bits = Vector128.Create(mask).AsSingle();
        return new(value._a & bits, value._b & bits, value._c & bits, value._d & bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Or(Lanes128 x, Lanes128 y) => new(x._a | y._a, x._b | y._b, x._c | y._c, x._d | y._d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ShiftHalvesRight(Lanes128 value, [ConstantExpected] byte bits) => new(
        Vector128.ShiftRightLogical(value._a.AsUInt16(), bits).AsSingle(),
        Vector128.ShiftRightLogical(value._b.AsUInt16(), bits).AsSingle(),
        Vector128.ShiftRightLogical(value._c.AsUInt16(), bits).AsSingle(),
        Vector128.ShiftRightLogical(value._d.AsUInt16(), bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ShiftLeft(Lanes128 value, int bits) => new(
        Vector128.ShiftLeft(value._a.AsInt32(), bits).AsSingle(),
        Vector128.ShiftLeft(value._b.AsInt32(), bits).AsSingle(),
        Vector128.ShiftLeft(value._c.AsInt32(), bits).AsSingle(),
        Vector128.ShiftLeft(value._d.AsInt32(), bits).AsSingle());

    // Rounded first, so that the conversion has nothing to cut off.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ToInteger(Vector128<float> values) => Vector128.ConvertToInt32(Vector128.Round(values)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> AddPairs(Vector128<float> sum, Vector128<float> x, Vector128<float> y)
    {
        if (Sse2.IsSupported)
            return (sum.AsInt32() + Sse2.MultiplyAddAdjacent(x.AsInt16(), y.AsInt16())).AsSingle();
        var high = Vector128.ShiftRightArithmetic(x.AsInt32(), 16) * Vector128.ShiftRightArithmetic(y.AsInt32(), 16);
        return (sum.AsInt32() + (LowHalf(x) * LowHalf(y)) + high).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> LowHalf(Vector128<float> pairs) => Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(pairs.AsInt32(), 16), 16);
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>Sixteen lanes in two 256-bit registers (AVX2 and FMA).</summary>
internal readonly unsafe struct Lanes256 : ILanes<Lanes256>
{
    private readonly Vector256<float> _lower;
    private readonly Vector256<float> _upper;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes256(Vector256<float> lower, Vector256<float> upper)
    {
        _lower = lower;
        _upper = upper;
    }

    public static string Name => "avx2";

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int VectorBits => 256;

    public static bool HoldsSixteen => false;

    public static Lanes256 Indices => new(Vector256<float>.Indices, Vector256<float>.Indices + Vector256.Create(8f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 BroadcastInteger(int value) => new(Vector256.Create(value).AsSingle(), Vector256.Create(value).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 BroadcastBits(void* source)
    {
        var all = Avx.BroadcastScalarToVector256((float*)source);
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBits(void* source) => Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(Bf16* source) => new(Widen((ushort*)source), Widen((ushort*)source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Lanes256 value)
    {
        value._lower.Store(destination);
        value._upper.Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreNarrow(short* destination, Lanes256 integers) =>
        Avx2.Permute4x64(Avx2.PackSignedSaturate(integers._lower.AsInt32(), integers._upper.AsInt32()).AsInt64(), 0b11_01_10_00).AsInt16().Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a._lower + b._lower, a._upper + b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a._lower - b._lower, a._upper - b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a._lower * b._lower, a._upper * b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a._lower / b._lower, a._upper / b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) =>
        new(Fma.MultiplyAdd(a._lower, b._lower, c._lower), Fma.MultiplyAdd(a._upper, b._upper, c._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 WhereLess(Lanes256 a, Lanes256 b, Lanes256 then, Lanes256 otherwise) => new(
        Vector256.ConditionalSelect(Vector256.LessThan(a._lower, b._lower), then._lower, otherwise._lower),
        Vector256.ConditionalSelect(Vector256.LessThan(a._upper, b._upper), then._upper, otherwise._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 PowerOfTwo(Lanes256 biased) => new(
        Vector256.ShiftLeft(biased._lower.AsInt32(), 23).AsSingle(),
        Vector256.ShiftLeft(biased._upper.AsInt32(), 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 value) => LaneSums.OfEight(value._lower + value._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Lanes256 value) => LaneMaxima.OfEight(Vector256.MaxNative(value._lower, value._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float First(Lanes256 value) => value._lower.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ToSingle(Lanes256 integers) =>
        new(Avx.ConvertToVector256Single(integers._lower.AsInt32()), Avx.ConvertToVector256Single(integers._upper.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ToInteger(Lanes256 values) =>
        new(Avx.ConvertToVector256Int32(values._lower).AsSingle(), Avx.ConvertToVector256Int32(values._upper).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MaxInteger(Lanes256 a, Lanes256 b) => new(
        Vector256.Max(a._lower.AsInt32(), b._lower.AsInt32()).AsSingle(),
        Vector256.Max(a._upper.AsInt32(), b._upper.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MinInteger(Lanes256 a, Lanes256 b) => new(
        Vector256.Min(a._lower.AsInt32(), b._lower.AsInt32()).AsSingle(),
        Vector256.Min(a._upper.AsInt32(), b._upper.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddPairs(Lanes256 sum, Lanes256 a, Lanes256 b) =>
        new(AddPairs(sum._lower, a._lower, b._lower), AddPairs(sum._upper, a._upper, b._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 And(Lanes256 value, int mask) =>
        new(value._lower & Vector256.Create(mask).AsSingle(), value._upper & Vector256.Create(mask).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Or(Lanes256 a, Lanes256 b) => new(a._lower | b._lower, a._upper | b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ShiftHalvesRight(Lanes256 value, [ConstantExpected] byte bits) => new(
        Avx2.ShiftRightLogical(value._lower.AsUInt16(), bits).AsSingle(),
        Avx2.ShiftRightLogical(value._upper.AsUInt16(), bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ShiftLeft(Lanes256 value, int bits) => new(
        Vector256.ShiftLeft(value._lower.AsInt32(), bits).AsSingle(),
        Vector256.ShiftLeft(value._upper.AsInt32(), bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddPairs(Vector256<float> sum, Vector256<float> a, Vector256<float> b) => AvxVnni.IsSupported
        ? AvxVnni.MultiplyWideningAndAdd(sum.AsInt32(), a.AsInt16(), b.AsInt16()).AsSingle()
        : (sum.AsInt32() + Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16())).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(ushort* source) => Vector256.ShiftLeft(Avx2.ConvertToVector256Int32(source), 16).AsSingle();
}

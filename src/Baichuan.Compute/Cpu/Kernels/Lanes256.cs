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

    public static bool HoldsSixteen => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float value) => new(Vector256.Create(value), Vector256.Create(value));

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
    private static Vector256<float> Widen(ushort* source) => Vector256.ShiftLeft(Avx2.ConvertToVector256Int32(source), 16).AsSingle();
}

using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>The scalar twin: every operation a loop over sixteen floats. Runs anywhere, and is what the vector variants are compared with.</summary>
[InlineArray(Lanes.Count)]
internal unsafe struct ScalarLanes : ILanes<ScalarLanes>
{
    private float _lane;

    public static string Name => "scalar";

    public static bool IsSupported => true;

    public static bool HoldsSixteen => false;

    public static ScalarLanes Broadcast(float value)
    {
        ScalarLanes result = default;
        for (var i = 0; i < Lanes.Count; i++)
            result[i] = value;
        return result;
    }

    public static ScalarLanes Load(float* source)
    {
        ScalarLanes result = default;
        for (var i = 0; i < Lanes.Count; i++)
            result[i] = source[i];
        return result;
    }

    public static ScalarLanes Load(Bf16* source)
    {
        ScalarLanes result = default;
        for (var i = 0; i < Lanes.Count; i++)
            result[i] = source[i].ToSingle();
        return result;
    }

    public static void Store(float* destination, ScalarLanes value)
    {
        for (var i = 0; i < Lanes.Count; i++)
            destination[i] = value[i];
    }

    public static ScalarLanes operator +(ScalarLanes a, ScalarLanes b)
    {
        for (var i = 0; i < Lanes.Count; i++)
            a[i] += b[i];
        return a;
    }

    public static ScalarLanes operator -(ScalarLanes a, ScalarLanes b)
    {
        for (var i = 0; i < Lanes.Count; i++)
            a[i] -= b[i];
        return a;
    }

    public static ScalarLanes operator *(ScalarLanes a, ScalarLanes b)
    {
        for (var i = 0; i < Lanes.Count; i++)
            a[i] *= b[i];
        return a;
    }

    public static ScalarLanes operator /(ScalarLanes a, ScalarLanes b)
    {
        for (var i = 0; i < Lanes.Count; i++)
            a[i] /= b[i];
        return a;
    }

    public static ScalarLanes MultiplyAdd(ScalarLanes a, ScalarLanes b, ScalarLanes c)
    {
        for (var i = 0; i < Lanes.Count; i++)
            c[i] = MathF.FusedMultiplyAdd(a[i], b[i], c[i]);
        return c;
    }

    public static ScalarLanes WhereLess(ScalarLanes a, ScalarLanes b, ScalarLanes then, ScalarLanes otherwise)
    {
        for (var i = 0; i < Lanes.Count; i++)
            otherwise[i] = a[i] < b[i] ? then[i] : otherwise[i];
        return otherwise;
    }

    public static ScalarLanes PowerOfTwo(ScalarLanes biased)
    {
        for (var i = 0; i < Lanes.Count; i++)
            biased[i] = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(biased[i]) << 23);
        return biased;
    }

    public static float Sum(ScalarLanes value)
    {
        for (var half = Lanes.Count / 2; half > 0; half /= 2)
        {
            for (var i = 0; i < half; i++)
                value[i] += value[i + half];
        }

        return value[0];
    }

    public static float Max(ScalarLanes value)
    {
        var largest = value[0];
        for (var i = 1; i < Lanes.Count; i++)
            largest = largest < value[i] ? value[i] : largest;
        return largest;
    }

    public static float First(ScalarLanes value) => value[0];
}

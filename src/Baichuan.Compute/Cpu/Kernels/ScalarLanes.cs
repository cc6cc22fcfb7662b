using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Baichuan.Compute.Cpu.Kernels;

/// <summary>The scalar twin: every operation a loop over sixteen floats. Runs anywhere, and is what the vector variants are compared with.</summary>
[InlineArray(Lanes.Count)]
internal unsafe struct ScalarLanes : ILanes<ScalarLanes>
{
    private float _lane;

    public static string Name => "scalar";

    public static bool IsSupported => true;

    public static int VectorBits => 32;

    public static bool HoldsSixteen => false;

    public static ScalarLanes Indices
    {
        get
        {
            ScalarLanes result = default;
            for (var i = 0; i < Lanes.Count; i++)
                result[i] = i;
            return result;
        }
    }

    public static ScalarLanes Broadcast(float value)
    {
        ScalarLanes result = default;
        for (var i = 0; i < Lanes.Count; i++)
            result[i] = value;
        return result;
    }

    public static ScalarLanes BroadcastInteger(int value) => Broadcast(BitConverter.Int32BitsToSingle(value));

    public static ScalarLanes BroadcastBits(void* source) => BroadcastInteger(*(int*)source);

    public static ScalarLanes LoadBits(void* source) => Load((float*)source);

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

    public static void StoreNarrow(short* destination, ScalarLanes integers)
    {
        for (var i = 0; i < Lanes.Count; i++)
            destination[i] = (short)Bits(integers[i]);
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

    public static ScalarLanes ToSingle(ScalarLanes integers)
    {
        for (var i = 0; i < Lanes.Count; i++)
            integers[i] = (float)Bits(integers[i]);
        return integers;
    }

    public static ScalarLanes ToInteger(ScalarLanes values)
    {
        for (var i = 0; i < Lanes.Count; i++)
            values[i] = Value((int)MathF.Round(values[i]));
        return values;
    }

    public static ScalarLanes MaxInteger(ScalarLanes a, ScalarLanes b)
    {
        for (var i = 0; i < Lanes.Count; i++)
            a[i] = Value(Math.Max(Bits(a[i]), Bits(b[i])));
        return a;
    }

    public static ScalarLanes MinInteger(ScalarLanes a, ScalarLanes b)
    {
        for (var i = 0; i < Lanes.Count; i++)
            a[i] = Value(Math.Min(Bits(a[i]), Bits(b[i])));
        return a;
    }

    public static ScalarLanes AddPairs(ScalarLanes sum, ScalarLanes a, ScalarLanes b)
    {
        for (var i = 0; i < Lanes.Count; i++)
            sum[i] = Value(Bits(sum[i]) + ((short)Bits(a[i]) * (short)Bits(b[i])) + ((Bits(a[i]) >> 16) * (Bits(b[i]) >> 16)));
        return sum;
    }

    public static ScalarLanes And(ScalarLanes value, int mask)
    {
        for (var i = 0; i < Lanes.Count; i++)
            value[i] = Value(Bits(value[i]) & mask);
        return value;
    }

    public static ScalarLanes Or(ScalarLanes a, ScalarLanes b)
    {
        for (var i = 0; i < Lanes.Count; i++)
            a[i] = Value(Bits(a[i]) | Bits(b[i]));
        return a;
    }

    public static ScalarLanes ShiftHalvesRight(ScalarLanes value, [ConstantExpected] byte bits)
    {
        for (var i = 0; i < Lanes.Count; i++)
            value[i] = Value(((Bits(value[i]) & 0xffff) >> bits) | (int)((((uint)Bits(value[i]) >> 16) >> bits) << 16));
        return value;
    }

    public static ScalarLanes ShiftLeft(ScalarLanes value, int bits)
    {
        for (var i = 0; i < Lanes.Count; i++)
            value[i] = Value(Bits(value[i]) << bits);
        return value;
    }

    private static int Bits(float lane) => BitConverter.SingleToInt32Bits(lane);

    private static float Value(int bits) => BitConverter.Int32BitsToSingle(bits);
}

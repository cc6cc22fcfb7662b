namespace Baichuan.Benchmarks.Measuring;

/// <summary>What a figure has to be.</summary>
/// <param name="AtMost">True: the value may not exceed the limit; false: it must reach it.</param>
internal sealed record PassLine(string Name, double Value, double Limit, bool AtMost)
{
    public bool Met => AtMost ? Value <= Limit : Value >= Limit;
}

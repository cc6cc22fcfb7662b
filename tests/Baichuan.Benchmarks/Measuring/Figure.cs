namespace Baichuan.Benchmarks.Measuring;

/// <summary>One figure of a report.</summary>
/// <param name="Unit">Empty for a ratio or a count.</param>
/// <param name="Count">Measurements behind it.</param>
internal sealed record Figure(string Name, string Unit, double Median, double Least, double Greatest, int Count);

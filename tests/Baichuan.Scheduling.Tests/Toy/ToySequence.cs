using Baichuan.Model;

namespace Baichuan.Scheduling.Tests.Toy;

/// <summary>An executor's state of one sequence.</summary>
internal sealed class ToySequence(int maxLength, string tenant)
{
    public List<int> Tokens { get; } = [];

    /// <summary>What each computed position holds.</summary>
    public List<ulong> Computed { get; } = [];

    public int MaxLength { get; } = maxLength;

    public string Tenant { get; } = tenant;

    /// <summary>[kind][index]: a block, or -1.</summary>
    public int[][] Tables { get; } = [Empty(maxLength), Empty(maxLength)];

    public int[] Table(LayerKind kind) => Tables[(int)kind];

    private static int[] Empty(int maxLength)
    {
        var table = new int[(maxLength / 16) + 1];
        Array.Fill(table, -1);
        return table;
    }
}

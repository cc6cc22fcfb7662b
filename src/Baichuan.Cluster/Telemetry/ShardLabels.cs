using System.Globalization;

namespace Baichuan.Cluster.Telemetry;

/// <summary>The label values of shard numbers, made once.</summary>
internal static class ShardLabels
{
    private static readonly string[] Small = [.. Enumerable.Range(0, 256).Select(Text)];

    public static string Of(int shard) => shard < Small.Length ? Small[shard] : Text(shard);

    private static string Text(int shard) => shard.ToString(CultureInfo.InvariantCulture);
}

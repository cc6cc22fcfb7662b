using System.Globalization;

namespace Baichuan.Cluster.Abstractions.Shards;

/// <summary>
/// The key of a shard grain: replica, epoch, shard number, and the slot that the plan names. Because the place is part of the key, the placement
/// director needs no state, and a new epoch never waits for the grain directory to forget an old activation.
/// </summary>
public readonly record struct ShardKey(string Replica, ulong Epoch, int Shard, string Silo, int Slot)
{
    private const char Separator = '|';

    /// <exception cref="FormatException">The text is not such a key.</exception>
    public static ShardKey Parse(string key)
    {
        var parts = key.Split(Separator);
        return parts.Length == 5
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            && int.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
            ? new(parts[0], epoch, shard, parts[3], slot)
            : throw new FormatException($"\"{key}\" is not a shard key; expected replica|epoch|shard|silo|slot.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Replica}{Separator}{Epoch}{Separator}{Shard}{Separator}{Silo}{Separator}{Slot}");
}

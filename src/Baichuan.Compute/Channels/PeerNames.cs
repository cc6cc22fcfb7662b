namespace Baichuan.Compute.Channels;

/// <summary>What errors call the shards of a replica.</summary>
internal sealed class PeerNames
{
    private readonly string[] _names;

    /// <param name="places">By shard index: where the shard is, such as <c>at 10.0.0.7:5000</c>.</param>
    public PeerNames(int tensorParallel, IEnumerable<string> places) =>
        _names = [.. places.Select((place, shard) => $"Stage {shard / tensorParallel} rank {shard % tensorParallel} {place}")];

    public int Count => _names.Length;

    public string this[int shard] => _names[shard];
}

using Baichuan.Model.Plan;
using Baichuan.Scheduling.Prefix;

namespace Baichuan.Scheduling.Routing;

/// <summary>
/// What a gateway sent where, as names of blocks, to guess what each replica has cached. A guess: replicas drop blocks, and other gateways send requests too;
/// a wrong one costs time only. Thread-safe; holds no token, and its names tell nothing without the secret.
/// </summary>
/// <param name="secret">Random bytes, the gateway's own.</param>
/// <param name="mostBlocks">Names that are kept of each replica, those of the last requests.</param>
public sealed class PrefixMap(ReadOnlySpan<byte> secret, int mostBlocks)
{
    private readonly Lock _gate = new();
    private readonly PrefixHasher _hasher = new(secret);
    private readonly Dictionary<int, (ulong Epoch, RecentNames Names)> _replicas = [];

    /// <summary>The names of a prompt's full blocks, each with everything before it. The same tokens of another tenant have other names.</summary>
    public UInt128[] NamesOf(string tenant, ReadOnlySpan<int> prompt)
    {
        var names = new UInt128[prompt.Length / KvBlockCounts.BlockPositions];
        lock (_gate)
        {
            var name = _hasher.Root(tenant);
            for (var i = 0; i < names.Length; i++)
                names[i] = name = _hasher.Next(name, prompt.Slice(i * KvBlockCounts.BlockPositions, KvBlockCounts.BlockPositions));
        }

        return names;
    }

    /// <summary>How many of the blocks, from the first on, a replica has been sent in this epoch.</summary>
    public int Match(int replica, ulong epoch, ReadOnlySpan<UInt128> names)
    {
        lock (_gate)
        {
            if (!_replicas.TryGetValue(replica, out var known) || known.Epoch != epoch)
                return 0;
            var matched = 0;
            while (matched < names.Length && known.Names.Contains(names[matched]))
                matched++;
            return matched;
        }
    }

    /// <summary>A replica takes these blocks. Those of an earlier epoch are gone: its pools began anew.</summary>
    public void Add(int replica, ulong epoch, ReadOnlySpan<UInt128> names)
    {
        lock (_gate)
        {
            if (!_replicas.TryGetValue(replica, out var known))
                known = (epoch, new RecentNames(mostBlocks));
            if (known.Epoch != epoch)
                known.Names.Clear();
            _replicas[replica] = (epoch, known.Names);

            // The first block last: what is forgotten first is the end of a prompt, without which its beginning is still of use.
            for (var i = Math.Min(names.Length, mostBlocks) - 1; i >= 0; i--)
                known.Names.See(names[i]);
        }
    }
}

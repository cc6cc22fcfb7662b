using Baichuan.Scheduling.Routing;

namespace Baichuan.Scheduling.Tests.Routing;

public sealed class PrefixMapTests
{
    private readonly PrefixMap _map = new([1, 2, 3], mostBlocks: 8);

    [Fact]
    public void A_prompt_matches_as_far_as_its_full_blocks_are_those_that_were_sent()
    {
        _map.Add(0, 1, _map.NamesOf("ward", Tokens(40)));
        Assert.Equal(2, _map.Match(0, 1, _map.NamesOf("ward", Tokens(100))));
        Assert.Equal(1, _map.Match(0, 1, _map.NamesOf("ward", [.. Tokens(16), .. Tokens(32)])));
        Assert.Equal(0, _map.Match(0, 1, _map.NamesOf("ward", [7, .. Tokens(40)])));
        Assert.Equal(0, _map.Match(1, 1, _map.NamesOf("ward", Tokens(40))));
        Assert.Empty(_map.NamesOf("ward", Tokens(15)));
    }

    [Fact]
    public void Another_tenants_or_another_gateways_names_of_the_same_tokens_are_others()
    {
        var names = _map.NamesOf("ward", Tokens(64));
        Assert.Equal(names, _map.NamesOf("ward", Tokens(64)));
        Assert.Empty(names.Intersect(_map.NamesOf("lab", Tokens(64))));
        Assert.Empty(names.Intersect(new PrefixMap([1, 2, 4], 8).NamesOf("ward", Tokens(64))));
    }

    [Fact]
    public void A_replica_of_a_new_epoch_has_nothing()
    {
        var names = _map.NamesOf("ward", Tokens(64));
        _map.Add(0, 1, names);
        Assert.Equal(0, _map.Match(0, 2, names));
        _map.Add(0, 2, names[..1]);
        Assert.Equal(1, _map.Match(0, 2, names));
    }

    [Fact]
    public void What_was_sent_longest_ago_is_forgotten_and_the_end_of_a_prompt_before_its_beginning()
    {
        var (old, young) = (_map.NamesOf("ward", Tokens(96)), _map.NamesOf("lab", Tokens(80)));
        _map.Add(0, 1, old);
        _map.Add(0, 1, young);
        Assert.Equal((3, 5), (_map.Match(0, 1, old), _map.Match(0, 1, young)));
        _map.Add(0, 1, _map.NamesOf("ward", Tokens(1000)));
        Assert.Equal((8, 0), (_map.Match(0, 1, _map.NamesOf("ward", Tokens(1000))), _map.Match(0, 1, young)));
    }

    private static int[] Tokens(int count) => [.. Enumerable.Range(0, count)];
}

using Baichuan.Cli.Tests.Fakes;
using Baichuan.V1;
using Google.Protobuf;

namespace Baichuan.Cli.Tests.Topology;

public sealed class TopologyTests
{
    [Fact]
    public async Task A_topology_shows_silos_and_the_place_of_every_shard()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("status", "--address", gateway.Address));

        Assert.Equal(
            """
            Model demo: 2 stages of 2 ranks, 2,048 tokens of context, profile 0123456789abcdef

            ╭──────┬─────────────────┬─────────┬───────┬─────────────┬──────────────────────────╮
            │ silo │ address         │ process │ slots │ KV per slot │ replica:stage.rank       │
            ├──────┼─────────────────┼─────────┼───────┼─────────────┼──────────────────────────┤
            │ 0    │ 127.0.0.1:42001 │ 1000    │ 1     │ 256 MiB     │ 0:0.0                    │
            │ 1    │ 127.0.0.1:42002 │ 1001    │ 1     │ 256 MiB     │ 0:0.1                    │
            │ 2    │ 127.0.0.1:42003 │ 1002    │ 1     │ 256 MiB     │ 0:1.0                    │
            │ 3    │ 127.0.0.1:42004 │ 1003    │ 1     │ 256 MiB     │ 0:1.1                    │
            │ 4    │ 127.0.0.1:42005 │ 1004    │ 1     │ 256 MiB     │ profile fedcba9876543210 │
            ╰──────┴─────────────────┴─────────┴───────┴─────────────┴──────────────────────────╯

            Replica 0: ready, epoch 3, profile 0123456789abcdef, 1 running, 2 waiting
            KV blocks: global 1,024 of 4,096 (25%), sliding 8 of 512 (2%)
            ╭─────────┬────────────────┬────────────────╮
            │         │ rank 0         │ rank 1         │
            ├─────────┼────────────────┼────────────────┤
            │ stage 0 │ silo 0, slot 0 │ silo 1, slot 0 │
            │ stage 1 │ silo 2, slot 0 │ silo 3, slot 0 │
            ╰─────────┴────────────────┴────────────────╯

            """,
            cli.Output);
    }

    [Fact]
    public async Task A_replica_that_waits_for_slots_says_why()
    {
        await using var gateway = await FakeGateway.StartAsync(new GetTopologyResponse
        {
            TensorParallel = 2,
            Replicas = { new Replica { State = ReplicaState.Waiting, Note = "4 slots are needed, 1 is free." } },
        });
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("status", "--address", gateway.Address));

        Assert.Contains("Replica 0: waiting", cli.Output, StringComparison.Ordinal);
        Assert.Contains("4 slots are needed, 1 is free.", cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machines_get_the_whole_topology_as_JSON()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("status", "--json", "--address", gateway.Address));

        Assert.Equal(Topologies.TwoByTwo(), JsonParser.Default.Parse<GetTopologyResponse>(cli.Output));
        Assert.Contains("\"slot\": 0", cli.Output, StringComparison.Ordinal);
    }
}

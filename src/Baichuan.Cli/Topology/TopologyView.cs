using System.Globalization;
using Baichuan.V1;
using Spectre.Console;

namespace Baichuan.Cli.Topology;

/// <summary>A topology as tables: the silos, then each replica with its queue, its KV blocks, and the silo of every shard (stage x rank).</summary>
internal static class TopologyView
{
    public static void Write(GetTopologyResponse topology, IAnsiConsole display)
    {
        display.Write(new Text(Invariant(
            $"Model {topology.Model}: {Count(topology.PipelineParallel, "stage")} of {Count(topology.TensorParallel, "rank")}, {topology.ContextLength:N0} tokens of context, profile {topology.ProfileId}\n\n")));
        display.Write(Silos(topology));
        foreach (var replica in topology.Replicas)
        {
            display.Write(new Text(Headline(replica), StyleOf(replica.State)));
            if (replica.Shards.Count > 0)
                display.Write(Shards(replica, topology));
        }
    }

    private static Table Silos(GetTopologyResponse topology)
    {
        var table = NewTable().AddColumns("silo", "address", "process", "slots", "KV per slot", "replica:stage.rank");
        foreach (var (number, silo) in topology.Silos.Index())
        {
            var shards = from replica in topology.Replicas
                         from shard in replica.Shards
                         where shard.Silo == silo.Address
                         select Invariant($"{replica.Index}:{shard.Stage}.{shard.Rank}");
            table.AddRow(
                Cell(Invariant($"{number}")),
                Cell(ShortAddress(silo.Address)),
                Cell(Invariant($"{silo.ProcessId}")),
                Cell(Invariant($"{silo.Slots}")),
                Cell(ByteSize.Text(silo.KvCacheBytesPerSlot)),
                Cell(string.Join(' ', shards.Concat(silo.ProfileId == topology.ProfileId ? [] : [$"profile {silo.ProfileId}"]))));
        }

        return table;
    }

    private static Table Shards(Replica replica, GetTopologyResponse topology)
    {
        var table = NewTable().AddColumn("");
        for (var rank = 0; rank <= replica.Shards.Max(shard => shard.Rank); rank++) // fewer than deployed while slots are missing
            table.AddColumn(Invariant($"rank {rank}"));
        foreach (var stage in replica.Shards.GroupBy(shard => shard.Stage).OrderBy(stage => stage.Key))
            table.AddRow([Cell(Invariant($"stage {stage.Key}")), .. stage.OrderBy(shard => shard.Rank).Select(shard => Cell(Place(shard, topology)))]);
        return table;
    }

    private static string Place(Shard shard, GetTopologyResponse topology)
    {
        var silo = topology.Silos.Index().Where(entry => entry.Item.Address == shard.Silo).Select(entry => Invariant($"silo {entry.Index}"));
        return Invariant($"{silo.FirstOrDefault("silo gone")}, slot {shard.Slot}");
    }

    private static string Headline(Replica replica)
    {
        var state = replica.State.ToString().ToLowerInvariant();
        var note = replica.Note.Length > 0 ? $"\n{replica.Note}" : "";
        return Invariant(
            $"\nReplica {replica.Index}: {state}, epoch {replica.Epoch}, {(replica.ProfileId.Length > 0 ? $"profile {replica.ProfileId}, " : "")}{replica.Running} running, {replica.Waiting} waiting\nKV blocks: {Blocks("global", replica.GlobalBlocks)}, {Blocks("sliding", replica.SlidingBlocks)}{note}\n");
    }

    private static string Blocks(string kind, BlockPool? pool) => pool is null
        ? $"{kind} unknown"
        : Invariant($"{kind} {pool.Used:N0} of {pool.Total:N0} ({(pool.Total > 0 ? 100.0 * pool.Used / pool.Total : 0):F0}%)");

    private static Style StyleOf(ReplicaState state) => new(state == ReplicaState.Ready ? Color.Green : Color.Yellow);

    // Without the generation number, which tells apart processes that had one port after another.
    private static string ShortAddress(string silo) => silo.Split('@')[0];

    private static Table NewTable() => new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);

    private static Text Cell(string text) => new(text);

    private static string Count(int count, string noun) => Invariant($"{count} {noun}{(count == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

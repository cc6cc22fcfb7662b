namespace Baichuan.Cluster.Tests.State.Sqlite;

[GenerateSerializer]
public sealed class CounterState
{
    [Id(0)] public int Count { get; set; }
}

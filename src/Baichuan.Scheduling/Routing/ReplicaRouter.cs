namespace Baichuan.Scheduling.Routing;

/// <summary>Chooses the replica that a request goes to. Stateless; called by gateways, on any thread.</summary>
public static class ReplicaRouter
{
    /// <summary>The index of the replica with the fewest sequences, waiting and running together; the lowest among equals. Null: there is none.</summary>
    public static int? Choose(ReadOnlySpan<ReplicaLoad> replicas)
    {
        int? chosen = null;
        for (var i = 0; i < replicas.Length; i++)
        {
            if (chosen is not { } best || Sequences(replicas[i]) < Sequences(replicas[best]))
                chosen = i;
        }

        return chosen;
    }

    private static int Sequences(ReplicaLoad load) => load.Waiting + load.Running;
}

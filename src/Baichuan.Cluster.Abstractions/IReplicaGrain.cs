using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Abstractions.Topology;

namespace Baichuan.Cluster.Abstractions;

/// <summary>One copy of the model (key: <see cref="ReplicaKey"/>): owns the engine loop that plans steps and drives the shards.</summary>
[Alias("Baichuan.IReplicaGrain")]
public interface IReplicaGrain : IGrainWithStringKey
{
    /// <summary>Makes sure that the replica's loop runs, and says how it stands. Idempotent.</summary>
    [Alias("Start")]
    Task<ReplicaStatus> Start();

    /// <summary>There are slots for a larger layout than that of the epoch: the replica ends it between two steps and opens the next. Nothing happens if it is over already.</summary>
    [Alias("Regroup")]
    Task Regroup(ulong epoch);

    /// <summary>Takes a request, or refuses it with a reason. A repeated request id of the same gateway joins the stream that is there.</summary>
    [Alias("Submit")]
    Task<SubmitReply> Submit(SubmitRequest request);

    /// <summary>Waits until any stream of the gateway has something new or <see cref="NextRequest.MaxWait"/> has passed, and returns all that is new.
    /// One call per gateway is outstanding at a time. The cursors acknowledge what arrived and ask again for what did not. A gateway that
    /// does not call for 10 s loses its streams.</summary>
    [Alias("Next")]
    Task<NextReply> Next(NextRequest request);

    /// <summary>Ends streams whose client is gone or satisfied; their sequences leave at the next step boundary. Unknown ids are ignored.</summary>
    [Alias("Cancel")]
    Task Cancel(CancelRequest request);

    /// <summary>Frees and zeroes what is cached of a conversation that was deleted, as far as no running request uses it.</summary>
    [Alias("Forget")]
    Task Forget(ForgetRequest request);
}

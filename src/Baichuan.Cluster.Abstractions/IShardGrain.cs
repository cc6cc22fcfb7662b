using Baichuan.Cluster.Abstractions.Shards;

namespace Baichuan.Cluster.Abstractions;

/// <summary>One shard of a replica in one epoch (key: <see cref="ShardKey"/>), activated on the silo that the key names. Its weights, pools and
/// threads sit in that silo's SlotHost: losing the activation loses nothing.</summary>
[Alias("Baichuan.IShardGrain")]
public interface IShardGrain : IGrainWithStringKey
{
    /// <summary>Orders the shard into the epoch and says how far it is; loading goes on in the background. To be repeated until it is ready. Idempotent.</summary>
    [Alias("Attach")]
    Task<ShardStatus> Attach(AttachOrder order);

    /// <summary>What the shard has in its blocks, for a coordinator that takes over: <see cref="Baichuan.Model.Execution.NamedBlock"/> after block, by kind and number. Between the shard's getting ready and the first step; empty later.</summary>
    [Alias("Recall")]
    Task<byte[]> Recall();

    /// <summary>Runs the steps of an order on the whole stage, of which this is rank 0. Orders may arrive in any sequence; steps run strictly by number. The answer says that every rank has the steps' keys and values.</summary>
    [Alias("Step")]
    Task<StepReply> Step(StepOrder order);

    /// <summary>Answers when the shard has left the epoch, or after <paramref name="most"/>: how those that are given no steps say what became of them.</summary>
    [Alias("Watch")]
    Task<ShardStatus> Watch(TimeSpan most);

    /// <summary>Ends the epoch on this shard: closes its channels, fails its steps. Weights stay loaded.</summary>
    [Alias("Detach")]
    Task Detach();

    /// <summary>Takes one of every order and does nothing with it, so that the first real one finds its way open and the code on it compiled.</summary>
    [Alias("Rehearse")]
    Task<RehearsedAnswers> Rehearse(AttachOrder attach, StepOrder step);
}

using Baichuan.Model.Execution;

namespace Baichuan.Compute;

/// <summary>
/// Runs step batches for one shard: owns its weights, its KV pools and the state of its sequences. Called by one thread at a time, the shard's own,
/// in step order. A call that throws leaves the sequences undefined: <see cref="Reset"/> before the next.
/// </summary>
public interface IShardExecutor : IDisposable
{
    /// <summary>Forgets every sequence; weights and pools stay, and so does what steps wrote into blocks.</summary>
    void Reset();

    /// <summary>Runs one step together with the shard's peers. Rank 0 of the last stage answers with tokens and logits, the others with their times.</summary>
    /// <exception cref="PeerException">A peer is lost, silent past the deadline, or out of step.</exception>
    StepResult Execute(StepBatch batch, IShardPeers peers);
}

namespace Baichuan.Compute;

/// <summary>
/// A shard's ties to the other shards of its replica in one epoch: collectives among the T ranks of its stage, and hidden states from the stage before
/// and to the stage after. Called by the shard's thread only; every rank of a stage makes the same calls in the same order. Every call blocks until
/// done, the step's deadline passes, or the epoch is closed. Values are f32 in host memory.
/// </summary>
public interface IShardPeers
{
    /// <summary>Starts numbering the operations of a step and sets the time by which every one of them must be done.</summary>
    void BeginStep(ulong epoch, ulong step);

    /// <summary>Time spent waiting in the operations of the current step.</summary>
    TimeSpan Waited { get; }

    /// <summary>Replaces the values on every rank by their sum over ranks, added in the fixed binary tree: ((0+1)+(2+3)) for four ranks,
    /// and in general the left subtree takes the largest power of two below the count. The same bits on every rank.</summary>
    void AllReduce(Span<float> values);

    /// <summary>Replaces the values of every rank by those of rank 0.</summary>
    void Broadcast(Span<float> values);

    /// <summary>Brings the values of every rank to rank 0, one rank after the other. <paramref name="counts"/>[r] values come from rank r;
    /// <paramref name="all"/> is read on rank 0 only and holds the sum of counts.</summary>
    void GatherToFirst(ReadOnlySpan<float> mine, Span<float> all, ReadOnlySpan<int> counts);

    /// <summary>Hands values to the partner, rank r ^ 1, and takes what it hands over. Each side knows how many come; who has none sends nothing. T is even.</summary>
    void ExchangeWithPartner(ReadOnlySpan<float> mine, Span<float> theirs);

    /// <summary>Receives the hidden states [rows, hidden] of this step from rank 0 of the previous stage. Rank 0 only.</summary>
    void ReceiveFromPreviousStage(Span<float> hidden);

    /// <summary>Hands hidden states [rows, hidden] to rank 0 of the next stage and returns when they are copied, not when they have arrived. Rank 0 only.</summary>
    void SendToNextStage(ReadOnlySpan<float> hidden);
}

namespace Baichuan.Compute.Channels;

/// <summary>
/// Rank 0's ties to the stages before and after. Hidden states are copied into a short queue, so that a stage starts its next step while the next stage
/// still works on this one. Called by the shard's thread only.
/// </summary>
/// <param name="previous">Null in the first stage.</param>
/// <param name="next">Null in the last stage.</param>
/// <param name="nextShard">Index of the shard that empties <paramref name="next"/>.</param>
internal sealed class StageLinks(StageSource? previous, FrameQueue? next, int nextShard, ShardStep step)
{
    private int _received;
    private int _sent;

    public void BeginStep() => (_received, _sent) = (0, 0);

    public void Receive(Span<float> hidden)
    {
        if (previous is null)
            throw new InvalidOperationException("The first stage receives no hidden states, and only rank 0 of the others does.");
        previous.Receive(step.Tag(FrameKind.HiddenStates, ++_received, hidden.Length), hidden);
    }

    public void Send(ReadOnlySpan<float> hidden)
    {
        if (next is null)
            throw new InvalidOperationException("The last stage sends no hidden states, and only rank 0 of the others does.");
        var tag = step.Tag(FrameKind.HiddenStates, ++_sent, hidden.Length);
        step.BeginWait(tag);
        while (!next.HasSpace)
            step.Pause(nextShard);
        step.EndWait();
        next.Add(tag, hidden);
    }
}

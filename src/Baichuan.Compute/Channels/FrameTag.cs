namespace Baichuan.Compute.Channels;

/// <summary>
/// Says exactly which values a frame carries. Sender and receiver work it out independently, each from its own calls; if the two differ, the shards
/// are out of step.
/// </summary>
/// <param name="Operation">Number of the operation in its step, from 1; collectives, hidden states and the parts of an order are counted apart.</param>
/// <param name="Values">How many f32 values follow.</param>
internal readonly record struct FrameTag(FrameKind Kind, ulong Epoch, ulong Step, int Operation, int Values)
{
    /// <summary>Most values of one frame: 1 GiB.</summary>
    public const int MaxValues = 1 << 28;

    public override string ToString() => $"{Name} {Operation} of step {Step} in epoch {Epoch} with {Values} values";

    private string Name => Kind switch
    {
        FrameKind.ReduceScatter => "reduce-scatter",
        FrameKind.AllGather => "all-gather",
        FrameKind.Broadcast => "broadcast",
        FrameKind.Gather => "gather",
        FrameKind.HiddenStates => "hidden states",
        FrameKind.Exchange => "exchange",
        FrameKind.Copy => "copy",
        FrameKind.Order => "order",
        _ => $"frame of unknown kind {(byte)Kind}",
    };
}

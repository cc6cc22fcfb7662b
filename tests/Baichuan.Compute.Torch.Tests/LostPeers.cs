namespace Baichuan.Compute.Torch.Tests;

/// <summary>Peers of which one is lost: every operation fails.</summary>
internal sealed class LostPeers : IShardPeers
{
    public TimeSpan Waited => TimeSpan.Zero;

    public void BeginStep(ulong epoch, ulong step)
    {
    }

    public void AllReduce(Span<float> values) => throw Lost();

    public void Broadcast(Span<float> values) => throw Lost();

    public void GatherToFirst(ReadOnlySpan<float> mine, Span<float> all, ReadOnlySpan<int> counts) => throw Lost();

    public void ExchangeWithPartner(ReadOnlySpan<float> mine, Span<float> theirs) => throw Lost();

    public void ReceiveFromPreviousStage(Span<float> hidden) => throw Lost();

    public void SendToNextStage(ReadOnlySpan<float> hidden) => throw Lost();

    private static PeerException Lost() => new(1, "stage 0, rank 1", "Stage 0, rank 1 is lost.");
}

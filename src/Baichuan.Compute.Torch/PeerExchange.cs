using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch;

/// <summary>What a shard exchanges with its peers in the middle of a step: sums over the ranks of its stage, and hidden states between stages.</summary>
internal sealed class PeerExchange(ShardPlan plan, Shard shard, HostStaging staging)
{
    private bool IsAlone => plan.TensorParallel == 1;

    /// <summary>x += the sum of every rank's partial; the same bits on every rank.</summary>
    /// <param name="x">[rows, hidden]</param>
    /// <param name="partial">[rows, hidden], overwritten</param>
    public void AddSum(torch.Tensor x, torch.Tensor partial, IShardPeers peers)
    {
        if (!IsAlone)
        {
            peers.AllReduce(staging.Fetch(partial));
            staging.Deliver(partial);
        }

        x.add_(partial);
    }

    /// <summary>x = the hidden states that the previous stage's rank 0 sent to this stage's.</summary>
    public void Receive(torch.Tensor x, IShardPeers peers)
    {
        var hidden = staging.Room((int)x.numel());
        if (shard.Rank == 0)
            peers.ReceiveFromPreviousStage(hidden);
        if (!IsAlone)
            peers.Broadcast(hidden);
        staging.Deliver(x);
    }

    /// <summary>Hands x to the next stage; rank 0 does.</summary>
    public void Send(torch.Tensor x, IShardPeers peers)
    {
        if (shard.Rank == 0)
            peers.SendToNextStage(staging.Fetch(x));
    }
}

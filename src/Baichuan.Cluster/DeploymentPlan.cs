using Baichuan.Cluster.Slots;
using Baichuan.Compute;
using Baichuan.Model;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster;

/// <summary>Sizes that follow from a deployment and its model.</summary>
internal static class DeploymentPlan
{
    /// <summary>Most tokens of a request: the deployment's limit or the model's.</summary>
    public static int ContextOf(this DeploymentOptions deployment, ModelConfig config) =>
        deployment.MaxContext == 0 ? config.MaxPositions : Math.Min(deployment.MaxContext, config.MaxPositions);

    /// <summary>The deployment's weight type, or the narrowest that is exact for the checkpoint.</summary>
    public static WeightType WeightsOf(this DeploymentOptions deployment, ModelCheckpoint checkpoint) =>
        deployment.Weights ?? (checkpoint.TypeOf(TensorNames.Head) == StoredType.BF16 ? WeightType.BF16 : WeightType.F32);

    public static ExecutorOptions ToExecutorOptions(this DeploymentOptions deployment, ModelCheckpoint checkpoint, KvBlockCounts blocks, bool kvCopies, SlotOptions slots, int slot) => new()
    {
        Weights = deployment.WeightsOf(checkpoint),
        KvCache = deployment.KvCache,
        Blocks = blocks,
        KvCopies = kvCopies,
        MaxSequences = deployment.MaxSequences,
        MaxBatchRows = deployment.MaxBatchRows,
        MaxContext = deployment.ContextOf(checkpoint.Config),
        Device = DeviceOf(slots.Device, slot),
    };

    private static string DeviceOf(string first, int slot)
    {
        var colon = first.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? first : $"{first[..colon]}:{int.Parse(first.AsSpan(colon + 1)) + slot}";
    }
}

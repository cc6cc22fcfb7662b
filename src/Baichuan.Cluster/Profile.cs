using System.Security.Cryptography;
using System.Text;
using Baichuan.Compute;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster;

/// <summary>
/// What makes bytes come out the same: weights, types, executor, its kernels, and the order in which cut sums are added; and the form of step frames, so that shards of one profile understand each other. Two replicas of one
/// profile give the same completion to the same request.
/// </summary>
public static class Profile
{
    /// <summary>16 hexadecimal digits: the start of a SHA-256 over everything that a result depends on.</summary>
    public static string IdOf(ModelCheckpoint checkpoint, ShardPlan plan, WeightType weights, KvType kvCache, IShardExecutorFactory executor, string device)
    {
        var kindOfDevice = device.Split(':')[0]; // libraries have other kernels on other kinds
        var text = $"{checkpoint.Digest}\n{weights}\n{kvCache}\n{executor.Name}\n{executor.KernelVersion}\n{kindOfDevice}\n{plan.ReductionLayout}\nstep frames {StepBatch.FormatVersion}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }
}

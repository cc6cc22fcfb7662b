using Baichuan.Compute;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster.Slots;

/// <summary>An executor in a slot's memory, and the cut it was loaded for. Outlives epochs: a new one of the same cut only resets it.</summary>
internal sealed record LoadedShard(ShardCut Cut, IShardExecutor Executor);

/// <summary>Everything that decides what a shard holds in memory.</summary>
internal sealed record ShardCut(int TensorParallel, int PipelineParallel, int Shard, KvBlockCounts Blocks);

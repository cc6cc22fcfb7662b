namespace Baichuan.Compute.Channels;

/// <summary>Which shards of a replica talk to each other: the ranks of a stage pairwise, and rank 0 of neighbouring stages.</summary>
internal static class PeerPairs
{
    /// <summary>Every pair once, the lower shard index first.</summary>
    public static IEnumerable<(int Low, int High)> Of(int tensorParallel, int pipelineParallel)
    {
        for (var low = 0; low < tensorParallel * pipelineParallel; low++)
        {
            var nextStage = ((low / tensorParallel) + 1) * tensorParallel;
            for (var high = low + 1; high < nextStage; high++)
                yield return (low, high);
            if (low % tensorParallel == 0 && nextStage < tensorParallel * pipelineParallel)
                yield return (low, nextStage);
        }
    }
}

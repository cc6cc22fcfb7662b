using Baichuan.Compute.Channels;

namespace Baichuan.Compute.Tests.Channels;

/// <summary>Runs every shard on a thread of its own, as a process does, and hands back what each failed with.</summary>
internal static class ShardThreads
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(60);

    /// <summary>Fails with the first failure of any shard.</summary>
    public static void Run(IReadOnlyList<ShardPeers> peers, Action<int, ShardPeers> work) =>
        Assert.All(Failures(peers, work), failure => Assert.True(failure is null, failure?.ToString()));

    /// <summary>By shard index: what its work failed with, or null.</summary>
    public static Exception?[] Failures(IReadOnlyList<ShardPeers> peers, Action<int, ShardPeers> work)
    {
        var failures = new Exception?[peers.Count];
        var threads = new Thread[peers.Count];
        for (var i = 0; i < peers.Count; i++)
        {
            var shard = i;
            threads[i] = new Thread(() => failures[shard] = Record.Exception(() => work(shard, peers[shard]))) { IsBackground = true };
        }

        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            Assert.True(thread.Join(SafetyNet), "A shard's thread hangs.");
        return failures;
    }
}

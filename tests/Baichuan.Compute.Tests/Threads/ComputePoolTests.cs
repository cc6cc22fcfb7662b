using Baichuan.Compute.Threads;

namespace Baichuan.Compute.Tests.Threads;

public sealed class ComputePoolTests
{
    [Theory]
    [InlineData(1, 1000, 7)]
    [InlineData(2, 1000, 1)]
    [InlineData(3, 1000, 7)]
    [InlineData(4, 5, 100)]
    [InlineData(3, 0, 1)]
    public void Every_index_runs_exactly_once(int threads, int count, int grain)
    {
        using var pool = new ComputePool(threads);
        var job = new CountingJob(count);
        for (var round = 1; round <= 50; round++)
        {
            pool.Run(job, count, grain);
            Assert.All(job.Runs, runs => Assert.Equal(round, runs));
        }
    }

    [Fact]
    public void Several_callers_share_the_helpers()
    {
        using var pool = new ComputePool(3);
        var callers = Enumerable.Range(0, 4).Select(_ => new CountingJob(300)).ToArray();
        var threads = callers.Select(job => new Thread(() =>
        {
            for (var round = 0; round < 300; round++)
                pool.Run(job, 300, 10);
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "A fork hangs.");
        Assert.All(callers, job => Assert.All(job.Runs, runs => Assert.Equal(300, runs)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_exception_of_a_part_reaches_the_caller_and_the_pool_goes_on(int threads)
    {
        using var pool = new ComputePool(threads);
        var failing = new FailingJob();
        for (var round = 0; round < 20; round++)
            Assert.Equal("part 37 fails", Assert.Throws<InvalidOperationException>(() => pool.Run(failing, 100, 1)).Message);
        var counting = new CountingJob(100);
        pool.Run(counting, 100, 1);
        Assert.All(counting.Runs, runs => Assert.Equal(1, runs));
    }

    [Fact]
    public void A_fork_allocates_nothing()
    {
        using var pool = new ComputePool(2);
        var job = new CountingJob(64);
        for (var round = 0; round < 1000; round++)
            pool.Run(job, 64, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++)
            pool.Run(job, 64, 1);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_closed_pool_refuses_work()
    {
        var pool = new ComputePool(2);
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(new CountingJob(10), 10, 1));
    }

    private sealed class CountingJob(int count) : ComputeJob
    {
        public int[] Runs { get; } = new int[count];

        protected internal override void RunPart(int start, int end)
        {
            for (var i = start; i < end; i++)
                Runs[i]++;
        }
    }

    private sealed class FailingJob : ComputeJob
    {
        protected internal override void RunPart(int start, int end)
        {
            if (start <= 37 && 37 < end)
                throw new InvalidOperationException("part 37 fails");
        }
    }
}

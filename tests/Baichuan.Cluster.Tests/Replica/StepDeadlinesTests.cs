using Baichuan.Cluster.Replica;

namespace Baichuan.Cluster.Tests.Replica;

public sealed class StepDeadlinesTests
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);
    private readonly StepDeadlines _deadlines = new(Most);

    [Fact]
    public void Nothing_is_known_of_the_first_steps()
    {
        Assert.Equal(Most, _deadlines.For(1, 0));
        Took(1, 20, times: 7);
        Assert.Equal(Most, _deadlines.For(1, 7));
        Took(1, 20, times: 1);
        Assert.NotEqual(Most, _deadlines.For(1, 8));
    }

    [Fact]
    public void A_step_may_take_a_second_and_twice_what_such_steps_took()
    {
        Took(8, 20, times: 16);

        Assert.Equal(1.04, _deadlines.For(8, 100).TotalSeconds, 3);
        Assert.Equal(1 + (2 * 32 * 0.02), _deadlines.For(256, 100).TotalSeconds, 3);
    }

    [Fact]
    public void Few_rows_are_not_given_the_time_of_many()
    {
        Took(256, 900, times: 16);
        Took(1, 20, times: 1);

        Assert.Equal(1.04, _deadlines.For(1, 100).TotalSeconds, 3);
        Assert.Equal(2.8, _deadlines.For(256, 100).TotalSeconds, 3);
    }

    [Fact]
    public void Rows_that_were_not_seen_are_given_no_more_than_more_rows_took()
    {
        Took(16, 50, times: 16);
        Took(1024, 80, times: 1);

        Assert.Equal(1.16, _deadlines.For(512, 100).TotalSeconds, 3);
        Assert.Equal(1.1, _deadlines.For(8, 100).TotalSeconds, 3);
    }

    [Fact]
    public void Steps_of_larger_shards_have_the_time_for_it_and_those_of_smaller_ones_no_less()
    {
        Took(8, 20, times: 16);

        _deadlines.OnLayoutChanged(2);
        Assert.Equal(1.08, _deadlines.For(8, 100).TotalSeconds, 3);
        _deadlines.OnLayoutChanged(0.5);
        Assert.Equal(1.08, _deadlines.For(8, 100).TotalSeconds, 3);
    }

    [Fact]
    public void The_first_steps_of_an_epoch_have_more_time()
    {
        Took(8, 20, times: 16);

        Assert.Equal(4.04, _deadlines.For(8, StepDeadlines.FirstSteps - 1).TotalSeconds, 3);
    }

    [Fact]
    public void A_pause_is_forgotten_and_the_limit_is_never_passed()
    {
        Took(8, 20, times: 16);
        Took(8, 20_000, times: 1);
        Assert.Equal(Most, _deadlines.For(8, 100));

        Took(8, 20, times: 100);

        Assert.InRange(_deadlines.For(8, 100).TotalSeconds, 1.03, 1.05);
    }

    private void Took(int rows, double milliseconds, int times)
    {
        for (var i = 0; i < times; i++)
            _deadlines.OnCompleted(rows, TimeSpan.FromMilliseconds(milliseconds));
    }
}

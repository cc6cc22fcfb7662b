using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Blocks;

namespace Baichuan.Scheduling.Tests.Blocks;

public sealed class BlockNamesTests
{
    private readonly BlockNames _names = new(new KvBlockCounts(4, 2));

    [Fact]
    public void A_block_gets_its_name_when_the_step_has_run_and_loses_it_when_one_begins()
    {
        var (gives, takes) = (Batch(0, (2, 7)), Batch(1, (2, 0)));
        _names.Begin(gives);
        Assert.Empty(_names.ToArray());
        _names.End(gives);
        Assert.Equal([new NamedBlock(LayerKind.Global, 2, 7)], _names.ToArray());

        _names.Begin(takes);
        Assert.Empty(_names.ToArray());
    }

    [Fact]
    public void A_block_that_gets_another_name_has_none_while_the_step_runs()
    {
        _names.End(Batch(0, (2, 7)));
        _names.Begin(Batch(1, (2, 9))); // a restored block is written over
        Assert.Empty(_names.ToArray());
    }

    [Fact]
    public void The_last_name_in_a_step_counts()
    {
        foreach (var batch in (StepBatch[])[Batch(0, (1, 5), (1, 0)), Batch(1, (3, 0), (3, 6))])
        {
            _names.Begin(batch);
            _names.End(batch);
        }

        Assert.Equal([new NamedBlock(LayerKind.Global, 3, 6)], _names.ToArray());
    }

    [Fact]
    public void A_block_that_no_pool_has_is_a_malformed_step()
    {
        Assert.Throws<FrameException>(() => _names.End(Batch(0, (4, 1))));
        Assert.Throws<FrameException>(() => _names.Begin(Batch(0, (-1, 0))));
    }

    private static StepBatch Batch(ulong step, params (int Block, int Name)[] named)
    {
        var builder = new StepBatchBuilder();
        foreach (var (block, name) in named)
            builder.Name(LayerKind.Global, block, (UInt128)name);
        return builder.Build(1, step);
    }
}

using CsCheck;

namespace Baichuan.Model.Tests;

public sealed class IndexRangeTests
{
    [Fact]
    public void Parts_cover_a_whole_without_gaps_and_differ_by_one_at_most() =>
        Gen.Select(Gen.Int[1, 100], Gen.Int[0, int.MaxValue]).Sample(
            (parts, total) =>
            {
                var end = 0;
                for (var i = 0; i < parts; i++)
                {
                    var part = IndexRange.Part(i, parts, total);
                    Assert.Equal(end, part.Start);
                    Assert.InRange(part.Count, total / parts, (total / parts) + 1);
                    end = part.End;
                }

                Assert.Equal(total, end);
            });

    [Fact]
    public void Halves_of_the_whole_are_unions_of_its_quarters() =>
        Gen.Int[0, int.MaxValue].Sample(total =>
        {
            Assert.Equal(IndexRange.Part(0, 2, total).End, IndexRange.Part(1, 4, total).End);
            Assert.Equal(IndexRange.Part(0, 4, total).Start, IndexRange.Part(0, 1, total).Start);
        });

    [Fact]
    public void A_range_knows_its_size_and_prints_itself()
    {
        var range = new IndexRange(3, 7);
        Assert.Equal((4, false, "3..7"), (range.Count, range.IsEmpty, range.ToString()));
        Assert.True(new IndexRange(3, 3).IsEmpty);
    }
}

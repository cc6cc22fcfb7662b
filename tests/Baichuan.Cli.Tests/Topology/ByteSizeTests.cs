using Baichuan.Cli.Topology;

namespace Baichuan.Cli.Tests.Topology;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(256L << 20, "256 MiB")]
    [InlineData(3L << 50, "3072 TiB")]
    public void Bytes_are_shown_in_the_largest_unit_that_fits(long bytes, string text) => Assert.Equal(text, ByteSize.Text(bytes));
}

using System.Buffers.Binary;
using Baichuan.Scheduling.Prefix;

namespace Baichuan.Scheduling.Tests.Prefix;

public sealed class SipHash128Tests
{
    /// <summary>From vectors.h of the authors' reference code: key 00 01 .. 0f, text 00 01 .. of the given length.</summary>
    [Theory]
    [InlineData(0, "a3817f04ba25a8e66df67214c7550293")]
    [InlineData(1, "da87c1d86b99af44347659119b22fc45")]
    [InlineData(2, "8177228da4a45dc7fca38bdef60affe4")]
    [InlineData(3, "9c70b60c5267a94e5f33b6b02985ed51")]
    [InlineData(4, "f88164c12d9c8faf7d0f6e7c7bcd5579")]
    [InlineData(5, "1368875980776f8854527a07690e9627")]
    [InlineData(6, "14eeca338b208613485ea0308fd7a15e")]
    [InlineData(7, "a1f1ebbed8dbc153c0b84aa61ff08239")]
    [InlineData(8, "3b62a9ba6258f5610f83e264f31497b4")]
    [InlineData(15, "5493e99933b0a8117e08ec0f97cfc3d9")]
    public void Values_are_those_of_the_published_vectors(int length, string expected)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, new SipHash128(Count(16)).Of(Count(length)));
        Assert.Equal(expected, Convert.ToHexStringLower(bytes));
    }

    private static byte[] Count(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];
}

using System.Text;
using Baichuan.Model.Text;
using CsCheck;

namespace Baichuan.Model.Tests.Text;

public sealed class StreamingDecoderTests
{
    /// <summary>Any ids: the tokens 6 to 261 are the single bytes, so that broken characters of every kind come up.</summary>
    private static readonly Gen<int[]> _ids = Gen.OneOf(Gen.Int[0, 5], Gen.Int[6, 261], Gen.Int[6, 261], Gen.Int[150, 261], Gen.Int[0, 4100]).Array[0, 40];

    [Fact]
    public void Pieces_add_up_to_the_whole_for_any_ids()
    {
        Gen.Select(_ids, Gen.Bool).Sample(
            (ids, skipSpecial) => Assert.Equal(TestData.Demo.Decode(ids, skipSpecial), string.Concat(Pieces(ids, skipSpecial))),
            iter: 20_000);
    }

    [Fact]
    public void Pieces_of_a_text_are_whole_characters()
    {
        Gen.OneOf("a", "é", "中", "😀", "👩‍⚕️", " the", "<C_Q>").Array[0, 12].Select(string.Concat).Sample(
            text =>
            {
                var pieces = Pieces(TestData.Demo.Encode(text, parseSpecial: true), skipSpecial: false);
                Assert.Equal(text, string.Concat(pieces));
                Assert.All(pieces, piece => Assert.DoesNotContain('\uFFFD', piece));
                Assert.All(pieces, piece => Assert.Equal(piece, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece))));
            },
            iter: 2000);
    }

    [Fact]
    public void A_character_comes_with_its_last_byte()
    {
        var decoder = new StreamingDecoder(TestData.Demo, skipSpecial: true);
        var ids = TestData.Demo.Encode("😀", parseSpecial: false);
        Assert.Equal(4, ids.Length);
        foreach (var id in ids[..3])
        {
            Assert.Equal("", decoder.Push(id));
            Assert.True(decoder.HoldsBytes);
        }

        Assert.Equal("😀", decoder.Push(ids[3]));
        Assert.False(decoder.HoldsBytes);
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void A_cut_off_character_ends_as_one_replacement_character()
    {
        var decoder = new StreamingDecoder(TestData.Demo, skipSpecial: true);
        foreach (var id in TestData.Demo.Encode("😀", parseSpecial: false)[..3])
            decoder.Push(id);
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void A_skipped_special_token_does_not_cut_the_character_around_it()
    {
        var ids = TestData.Demo.Encode("中", parseSpecial: false);
        Assert.Equal("中", string.Concat(Pieces([ids[0], 2, ids[1], ids[2]], skipSpecial: true)));
        Assert.Equal("\uFFFD<|endoftext|>\uFFFD\uFFFD", string.Concat(Pieces([ids[0], 2, ids[1], ids[2]], skipSpecial: false)));
    }

    private static List<string> Pieces(int[] ids, bool skipSpecial)
    {
        var decoder = new StreamingDecoder(TestData.Demo, skipSpecial);
        return [.. ids.Select(decoder.Push), decoder.Flush()];
    }
}

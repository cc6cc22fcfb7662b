using Baichuan.Compute.Torch.Native;

namespace Baichuan.Compute.Torch.Tests.Native;

public sealed class ElfVersionNeedsTests
{
    private const string Version = "GLIBCXX_3.4.32";

    [Fact]
    public void One_need_of_the_real_library_becomes_weak_and_nothing_else_changes()
    {
        var original = TorchSharpPackage.Library();
        var image = TorchSharpPackage.Library();

        Assert.Equal(1, ElfVersionNeeds.Weaken(image, Version));

        var changed = Assert.Single(Enumerable.Range(0, image.Length), i => image[i] != original[i]);
        Assert.Equal(original[changed] | 2, image[changed]);
    }

    [Fact]
    public void A_need_that_is_weak_already_is_left_alone()
    {
        var image = TorchSharpPackage.Library();
        ElfVersionNeeds.Weaken(image, Version);

        Assert.Equal(0, ElfVersionNeeds.Weaken(image, Version));
    }

    [Theory]
    [InlineData("GLIBCXX_3.4.3")]
    [InlineData("GLIBCXX_9.9.99")]
    [InlineData("")]
    public void A_version_that_is_not_needed_changes_nothing(string version)
    {
        var image = TorchSharpPackage.Library();

        Assert.Equal(0, ElfVersionNeeds.Weaken(image, version));
        Assert.Equal(TorchSharpPackage.Library(), image);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(0x40)]
    [InlineData(100_000)]
    public void A_file_that_ends_early_is_refused(int length) =>
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(TorchSharpPackage.Library().AsSpan(0, length), Version));

    [Fact]
    public void A_file_that_is_not_elf_is_refused() =>
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(new byte[1000], Version));
}

using System.Runtime.InteropServices;

namespace Baichuan.Compute.Tests;

public sealed unsafe class NativeHeapTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly NativeHeap _heap = new();

    [Fact]
    public void Every_block_is_aligned_and_its_own()
    {
        long[] sizes = [0, 1, 63, 64, 3 * MiB, 65 * MiB, 5, 7 * MiB];
        var blocks = new List<(nint Start, nint Bytes)>();
        foreach (var size in sizes)
        {
            blocks.Add(((nint)_heap.Allocate<byte>(size), (nint)size));
            blocks.Add(((nint)_heap.Reserve<byte>(size), (nint)size));
        }

        Assert.All(blocks, b => Assert.Equal(0, b.Start % 64));
        var ordered = blocks.Where(b => b.Bytes > 0).OrderBy(b => b.Start).ToArray();
        Assert.All(ordered.Zip(ordered.Skip(1)), pair => Assert.True(pair.First.Start + pair.First.Bytes <= pair.Second.Start));
    }

    [Fact]
    public void What_is_filled_lies_in_huge_pages_and_what_is_reserved_does_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Huge pages are asked for on Linux only.");
        const string setting = "/sys/kernel/mm/transparent_hugepage/enabled";
        Assert.SkipUnless(File.Exists(setting) && !File.ReadAllText(setting).Contains("[never]", StringComparison.Ordinal), "This kernel gives no transparent huge pages.");
        var always = File.ReadAllText(setting).Contains("[always]", StringComparison.Ordinal);
        var bytes = 32 * MiB;
        byte* filled = _heap.Allocate<byte>(bytes), reserved = _heap.Reserve<byte>(bytes);

        NativeMemory.Fill(filled, (nuint)bytes, 1);
        NativeMemory.Fill(reserved, (nuint)bytes, 1);

        // The kernel may run out of them: one is enough to know that they were asked for.
        Assert.True(HugePages.BytesAround(filled) >= (long)HugePages.Size);
        if (!always)
            Assert.Equal(0, HugePages.BytesAround(reserved));
    }

    [Fact]
    public void Too_much_is_refused_with_a_sentence()
    {
        _heap.Allocate<int>(16);
        var e = Assert.Throws<InsufficientMemoryException>(() => _heap.Allocate<byte>(1L << 60));
        Assert.Contains("holds 64 bytes", e.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _heap.Dispose();
}

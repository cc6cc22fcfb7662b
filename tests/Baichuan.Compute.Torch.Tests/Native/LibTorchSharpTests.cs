using Baichuan.Compute.Torch.Native;

namespace Baichuan.Compute.Torch.Tests.Native;

public sealed class LibTorchSharpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("baichuan-libtorch-").FullName;

    private string File => Path.Combine(_folder, "libLibTorchSharp.so");

    [Fact]
    public void A_mended_file_needs_no_second_mend()
    {
        System.IO.File.WriteAllBytes(File, TorchSharpPackage.Library());

        LibTorchSharp.Mend(File);
        var mended = System.IO.File.ReadAllBytes(File);
        LibTorchSharp.Mend(File);

        Assert.NotEqual(TorchSharpPackage.Library(), mended);
        Assert.Equal(mended, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public void Who_holds_the_old_file_open_or_linked_keeps_the_old_content()
    {
        System.IO.File.WriteAllBytes(File, TorchSharpPackage.Library());
        using var held = System.IO.File.OpenRead(File);

        LibTorchSharp.Mend(File);

        var content = new byte[held.Length];
        held.ReadExactly(content);
        Assert.Equal(TorchSharpPackage.Library(), content);
    }

    [Fact]
    public void Many_may_mend_at_once_and_leave_one_whole_file()
    {
        System.IO.File.WriteAllBytes(File, TorchSharpPackage.Library());
        var expected = TorchSharpPackage.Library();
        ElfVersionNeeds.Weaken(expected, "GLIBCXX_3.4.32");

        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => LibTorchSharp.Mend(File));

        Assert.Equal(expected, System.IO.File.ReadAllBytes(File));
        Assert.Equal([File], Directory.GetFileSystemEntries(_folder));
    }

    [Fact(Skip = "needs /proc", SkipUnless = nameof(IsLinux))]
    public void A_folder_that_cannot_be_written_is_refused_with_what_to_do()
    {
        System.IO.File.WriteAllBytes(File, TorchSharpPackage.Library());
        using var held = System.IO.File.OpenRead(File);
        // A folder that even root cannot write.
        var readOnly = $"/proc/self/fd/{held.SafeFileHandle.DangerousGetHandle()}";

        var refusal = Assert.Throws<DllNotFoundException>(() => LibTorchSharp.Mend(readOnly));

        Assert.Contains("GLIBCXX_3.4.32", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("write access", refusal.Message, StringComparison.Ordinal);
    }

    public static bool IsLinux => OperatingSystem.IsLinux();

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

using Baichuan.Compute.Threads;

namespace Baichuan.Compute.Tests.Threads;

public sealed class CoreSetTests
{
    [Fact]
    public void No_setting_is_no_set() => Assert.Null(CoreSet.Parse("Slots:Cores", ""));

    [Theory]
    [InlineData("1-0")]
    [InlineData("0-4096")]
    [InlineData("0-0-0")]
    [InlineData("-1")]
    [InlineData("two")]
    public void Cores_that_are_not_there_are_refused_with_the_setting(string text)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Threads are kept to cores on Linux only.");
        Assert.StartsWith("Slots:Cores", Assert.Throws<ArgumentException>(() => CoreSet.Parse("Slots:Cores", text)).Message);
    }

    [Fact]
    public void A_thread_that_is_kept_to_a_core_sees_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Threads are kept to cores on Linux only.");
        var before = Allowed();
        string? kept = null;
        var thread = new Thread(() =>
        {
            CoreSet.Parse("Slots:Cores", "0")!.KeepThisThread();
            kept = Allowed();
        });
        thread.Start();
        thread.Join();

        Assert.Equal(before.Split(',', '-')[0], kept);
        Assert.Equal(before, Allowed());
    }

    private static string Allowed() =>
        File.ReadLines("/proc/thread-self/status").First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1];
}

using System.Net;
using Baichuan.Cluster.Hosting;

namespace Baichuan.Cluster.Tests.Hosting;

public sealed class FreePortTests
{
    [Fact]
    public void Choices_that_are_not_used_yet_are_all_different()
    {
        var ports = new int[400]; // at random, two of 400 in 10,000 would be the same

        Parallel.For(0, ports.Length, i => ports[i] = FreePort.Or(0, IPAddress.Loopback));

        Assert.Distinct(ports);
    }

    [Fact]
    public void Another_process_sees_that_a_port_is_chosen()
    {
        var port = FreePort.Or(0, IPAddress.Loopback);

        // As another process would claim it: the lock is the open file's, not the process's.
        Assert.Throws<IOException>(() => File.Open(Path.Combine(FreePort.ClaimsFolder()!, $"{port}"), FileMode.Open, FileAccess.Write, FileShare.None));
    }

    [Fact]
    public void A_port_that_is_set_is_taken_as_it_is() => Assert.Equal(11_111, FreePort.Or(11_111, IPAddress.Loopback));
}

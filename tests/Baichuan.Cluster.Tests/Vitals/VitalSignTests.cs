using System.Net;
using System.Net.Sockets;
using Baichuan.Cluster.Slots;
using Baichuan.Cluster.Vitals;
using Microsoft.Extensions.Options;

namespace Baichuan.Cluster.Tests.Vitals;

public sealed class VitalSignTests
{
    [Fact]
    public void It_listens_on_the_port_that_is_set_and_on_any_free_one_where_none_is()
    {
        var free = new VitalSign(Options.Create(new SlotOptions()));
        Assert.NotEqual(0, IPEndPoint.Parse(free.Endpoint).Port);

        // Taken: the option is heeded, and not passed over for another port.
        var taken = new SlotOptions { VitalPort = IPEndPoint.Parse(free.Endpoint).Port };
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => new VitalSign(Options.Create(taken))).SocketErrorCode);
    }
}

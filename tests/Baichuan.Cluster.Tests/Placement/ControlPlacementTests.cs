using System.Net;
using Baichuan.Cluster.Placement;

namespace Baichuan.Cluster.Tests.Placement;

public sealed class ControlPlacementTests
{
    private static readonly SiloAddress Slots = SiloOn(1), Control = SiloOn(2), OtherSlots = SiloOn(3), OtherControl = SiloOn(4);

    [Fact]
    public void Coordinators_go_to_silos_without_slots() => Assert.Equal([Control, OtherControl], Choose(Slots, Control, OtherSlots, OtherControl));

    [Fact]
    public void Where_every_silo_has_slots_any_of_them_will_do() => Assert.Equal([Slots, OtherSlots], Choose(Slots, OtherSlots));

    private static List<SiloAddress> Choose(params List<SiloAddress> silos) => ControlPlacementDirector.Choose(silos, silo => silo == Control || silo == OtherControl);

    private static SiloAddress SiloOn(int port) => SiloAddress.New(IPAddress.Loopback, port, 1);
}

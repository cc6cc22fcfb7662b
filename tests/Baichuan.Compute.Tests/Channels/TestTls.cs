using Baichuan.Compute.Channels;
using Baichuan.Testing.Certificates;

namespace Baichuan.Compute.Tests.Channels;

internal static class TestTls
{
    /// <summary>What a process has that has the authority's last certificate.</summary>
    public static ChannelTls Of(TestAuthority authority)
    {
        var identity = TlsIdentity.Read(authority.CertificateFile, authority.KeyFile, authority.AuthorityFile);
        return new ChannelTls(
            () => identity.AsServer((_, _, _, errors) => TlsIdentity.Accepts(errors)),
            () => identity.AsClient((_, _, _, errors) => TlsIdentity.Accepts(errors)));
    }
}

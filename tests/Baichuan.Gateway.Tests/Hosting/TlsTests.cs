using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Baichuan.Gateway.Hosting;
using Baichuan.Gateway.Tests.Fakes;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Gateway.Tests.Hosting;

public sealed class TlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("baichuan-test-").FullName;

    private string CertificateFile => Path.Combine(_folder, "tls.crt");

    private string KeyFile => Path.Combine(_folder, "tls.key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task With_a_certificate_the_gateway_speaks_TLS_and_HTTP2()
    {
        Write("gateway.test");
        await using var gateway = await RunningGateway.StartAsync(
            new FakeCluster(), options => (options.CertificateFile, options.CertificateKeyFile) = (CertificateFile, KeyFile));
        Assert.Equal("https", gateway.Address.Scheme);

        using var socket = new TcpClient();
        await socket.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
        await using var stream = new SslStream(socket.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "gateway.test",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=gateway.test",
        });
        Assert.Equal(SslApplicationProtocol.Http2, stream.NegotiatedApplicationProtocol);
    }

    [Fact]
    public void A_renewed_certificate_is_taken_up_and_a_broken_one_is_not()
    {
        var time = new FakeTimeProvider();
        Write("first.test");
        var certificate = new ServerCertificate(CertificateFile, KeyFile, time);
        Assert.Equal("CN=first.test", Subject(certificate));

        Write("second.test");
        Assert.Equal("CN=first.test", Subject(certificate)); // not looked at for every handshake
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("CN=second.test", Subject(certificate));

        File.WriteAllText(CertificateFile, "half of");
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("CN=second.test", Subject(certificate));
    }

    [Fact]
    public void A_certificate_behind_links_is_taken_up_as_those_of_a_pod_are_renewed()
    {
        var time = new FakeTimeProvider();
        var data = Path.Combine(_folder, "..data");
        Directory.CreateSymbolicLink(data, WriteFolder("first"));
        File.CreateSymbolicLink(CertificateFile, Path.Combine("..data", "tls.crt"));
        File.CreateSymbolicLink(KeyFile, Path.Combine("..data", "tls.key"));
        var certificate = new ServerCertificate(CertificateFile, KeyFile, time);

        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, WriteFolder("second"));
        time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal("CN=second", Subject(certificate));
    }

    [Fact]
    public void A_certificate_that_cannot_be_used_fails_with_its_setting()
    {
        Write("gateway.test");
        File.WriteAllText(KeyFile, "no key");
        var refusal = Assert.Throws<ArgumentException>(() => new ServerCertificate(CertificateFile, KeyFile, TimeProvider.System));
        Assert.Contains("Gateway:CertificateKeyFile", refusal.Message);
    }

    [Fact]
    public async Task A_certificate_without_its_key_is_refused_at_start()
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            RunningGateway.StartAsync(new FakeCluster(), options => options.CertificateFile = CertificateFile));
        Assert.Contains("belong together", refusal.Message);
    }

    private static string Subject(ServerCertificate certificate) => certificate.Current().ServerCertificateContext!.TargetCertificate.Subject;

    private string WriteFolder(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        Write(name, Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"));
        return folder;
    }

    private void Write(string name) => Write(name, CertificateFile, KeyFile);

    private static void Write(string name, string certificateFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
    }
}

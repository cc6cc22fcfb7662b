using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Baichuan.Testing.Certificates;

/// <summary>An authority of a test, with certificates of its own making in a folder of its own.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("baichuan-test-").FullName;
    private readonly X509Certificate2 _authority;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
    }

    public string AuthorityFile => Path.Combine(_folder, "ca.crt");

    public string CertificateFile => Path.Combine(_folder, "tls.crt");

    public string KeyFile => Path.Combine(_folder, "tls.key");

    /// <summary>The settings of a process that has what <see cref="Issue"/> wrote.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["Tls__CertificateFile"] = CertificateFile,
        ["Tls__CertificateKeyFile"] = KeyFile,
        ["Tls__AuthorityFile"] = AuthorityFile,
    };

    /// <summary>Writes a certificate for a process of a cluster, in place of the one before.</summary>
    public TestAuthority Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false)); // server and client
        using var certificate = request.Create(_authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        return this;
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

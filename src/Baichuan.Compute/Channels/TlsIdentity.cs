using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Baichuan.Compute.Channels;

/// <summary>
/// What a process shows other processes of its cluster, and whose certificates it takes for theirs. Both sides show one. Names in certificates are not compared: an authority that signs for a
/// cluster alone is what makes one a member, and processes come and go under addresses that nobody knew. Immutable and thread-safe.
/// </summary>
public sealed class TlsIdentity
{
    private readonly SslStreamCertificateContext _certificate;
    private readonly X509Certificate2Collection _authorities;

    private TlsIdentity(SslStreamCertificateContext certificate, X509Certificate2Collection authorities) => (_certificate, _authorities) = (certificate, authorities);

    public X509Certificate2 Certificate => _certificate.TargetCertificate;

    /// <param name="certificateFile">PEM: the certificate, then those that lead to its authority.</param>
    /// <param name="keyFile">PEM: its private key.</param>
    /// <param name="authorityFile">PEM: the authority's certificate; several while one takes the place of another.</param>
    /// <exception cref="CryptographicException">A file is not that, or the key is another one's.</exception>
    public static TlsIdentity Read(string certificateFile, string keyFile, string authorityFile)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(authorityFile);
        return authorities.Count > 0
            ? new TlsIdentity(SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificateFile, keyFile), chain, offline: true), authorities)
            : throw new CryptographicException($"{authorityFile} has no certificate in it");
    }

    /// <param name="accepts">Has the last word, as <see cref="Accepts"/> or stricter; null: whoever builds the stream gives it to that.</param>
    public SslServerAuthenticationOptions AsServer(RemoteCertificateValidationCallback? accepts) => new()
    {
        ServerCertificateContext = _certificate,
        ClientCertificateRequired = true,
        CertificateChainPolicy = ChainPolicy(),
        RemoteCertificateValidationCallback = accepts,
        EnabledSslProtocols = SslProtocols.Tls13 | SslProtocols.Tls12,
        AllowRenegotiation = false,
        AllowTlsResume = false, // every connection proves anew whose it is
    };

    /// <inheritdoc cref="AsServer"/>
    public SslClientAuthenticationOptions AsClient(RemoteCertificateValidationCallback? accepts) => new()
    {
        TargetHost = "baichuan", // is sent, and not compared
        ClientCertificateContext = _certificate,
        CertificateChainPolicy = ChainPolicy(),
        RemoteCertificateValidationCallback = accepts,
        EnabledSslProtocols = SslProtocols.Tls13 | SslProtocols.Tls12,
        AllowRenegotiation = false,
        AllowTlsResume = false,
    };

    /// <summary>Whether the other side has shown a certificate that leads to an authority of ours.</summary>
    public static bool Accepts(SslPolicyErrors errors) => (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;

    private X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck, // there is nobody to ask inside
            DisableCertificateDownloads = true, // a stranger's certificate does not make this process call anywhere
        };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }
}

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Baichuan.Cluster.Abstractions.Security;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Baichuan.Gateway.Hosting;

/// <summary>The gateway's certificate, read from two PEM files and again when they have changed. Handshakes of any thread ask for it.</summary>
internal sealed class ServerCertificate
{
    private readonly RenewedFiles<SslServerAuthenticationOptions> _files;

    /// <exception cref="ArgumentException">The files are no certificate with its key; the message says what to do.</exception>
    public ServerCertificate(string file, string keyFile, TimeProvider time)
    {
        try
        {
            _files = new RenewedFiles<SslServerAuthenticationOptions>([file, keyFile], () => Read(file, keyFile), time);
        }
        catch (Exception e) when (RenewedFiles<SslServerAuthenticationOptions>.IsOfFiles(e))
        {
            throw new ArgumentException($"Gateway:CertificateFile '{file}' with Gateway:CertificateKeyFile '{keyFile}' cannot be used ({e.Message}); both must be readable PEM files that belong together.", e);
        }
    }

    /// <summary>Makes a listener speak TLS with it.</summary>
    public void Secure(ListenOptions listen) => listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Current()) });

    public SslServerAuthenticationOptions Current() => _files.Current();

    private static SslServerAuthenticationOptions Read(string file, string keyFile)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(file);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(file, keyFile), chain, offline: true),
        };
    }
}

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Baichuan.Cluster.Abstractions.Security;
using Baichuan.Compute.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Connections.Security;

namespace Baichuan.Cluster.Security;

/// <summary>This process's certificate for other processes of the cluster, and whom it lets in. One per process; handshakes of any thread ask.</summary>
public sealed partial class ClusterTls
{
    private static readonly TimeSpan QuietTime = TimeSpan.FromMinutes(1);

    private readonly RenewedFiles<TlsIdentity> _files;
    private readonly TimeProvider _time;
    private readonly ILogger<ClusterTls> _logger;
    private readonly Lock _telling = new();
    private string _told = ""; // of whom the log has spoken last
    private long _toldAt;

    /// <exception cref="ArgumentException">The files are no certificate with its key and an authority; the message says what to do.</exception>
    public ClusterTls(IOptions<ClusterTlsOptions> options, TimeProvider time, ILogger<ClusterTls> logger)
    {
        (_time, _logger) = (time, logger);
        var (certificate, key, authority) = (options.Value.CertificateFile, options.Value.CertificateKeyFile, options.Value.AuthorityFile);
        try
        {
            _files = new RenewedFiles<TlsIdentity>([certificate, key, authority], () => TlsIdentity.Read(certificate, key, authority), time);
        }
        catch (Exception e) when (RenewedFiles<TlsIdentity>.IsOfFiles(e))
        {
            throw new ArgumentException(
                $"Tls:CertificateFile '{certificate}', Tls:CertificateKeyFile '{key}' and Tls:AuthorityFile '{authority}' cannot be used ({e.Message}); they must be readable PEM files, the first two of which belong together.", e);
        }
    }

    /// <summary>For data channels.</summary>
    public ChannelTls ForChannels => new(() => _files.Current().AsServer(Accepts), () => _files.Current().AsClient(Accepts));

    /// <summary>For Orleans' connections, at both ends.</summary>
    public TlsOptions ForCalls => new()
    {
        LocalCertificate = _files.Current().Certificate, // is asked for, and replaced below
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        ClientCertificateMode = RemoteCertificateMode.RequireCertificate,
        RemoteCertificateValidation = (certificate, chain, errors) => Accepts(this, certificate, chain, errors),
        OnAuthenticateAsServer = (_, server) => Copy(_files.Current().AsServer(null), (SslServerAuthenticationOptions)server.SslServerAuthenticationOptions),
        OnAuthenticateAsClient = (_, client) => Copy(_files.Current().AsClient(null), (SslClientAuthenticationOptions)client.SslClientAuthenticationOptions),
    };

    private static void Copy(SslServerAuthenticationOptions ours, SslServerAuthenticationOptions to)
    {
        (to.ServerCertificate, to.ServerCertificateSelectionCallback, to.ServerCertificateContext) = (null, null, ours.ServerCertificateContext);
        (to.ClientCertificateRequired, to.CertificateChainPolicy, to.EnabledSslProtocols) = (true, ours.CertificateChainPolicy, ours.EnabledSslProtocols);
        (to.AllowRenegotiation, to.AllowTlsResume) = (false, false);
    }

    private static void Copy(SslClientAuthenticationOptions ours, SslClientAuthenticationOptions to)
    {
        (to.ClientCertificates, to.LocalCertificateSelectionCallback, to.ClientCertificateContext) = (null, null, ours.ClientCertificateContext);
        (to.TargetHost, to.CertificateChainPolicy, to.EnabledSslProtocols) = (ours.TargetHost, ours.CertificateChainPolicy, ours.EnabledSslProtocols);
        (to.AllowRenegotiation, to.AllowTlsResume) = (false, false);
    }

    private bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (TlsIdentity.Accepts(errors))
            return true;
        var who = certificate is null ? "none" : $"'{certificate.Subject}' of '{certificate.Issuer}'";
        var why = chain is { ChainStatus: [var first, ..] } ? first.Status.ToString() : errors.ToString();
        if (IsNews(who))
            LogRefused(who, why);
        return false;
    }

    /// <summary>Who is refused comes again and again: the log hears of it once a minute.</summary>
    private bool IsNews(string who)
    {
        lock (_telling)
        {
            if (who == _told && _time.GetElapsedTime(_toldAt) < QuietTime)
                return false;
            (_told, _toldAt) = (who, _time.GetTimestamp());
            return true;
        }
    }

    [LoggerMessage(LogLevel.Error,
        "A process at the other end of a connection is not let into the cluster: its certificate is {Certificate}, which no authority of Tls:AuthorityFile has signed or which does not hold now ({Reason}). Give it one of this cluster's authority.")]
    private partial void LogRefused(string certificate, string reason);
}

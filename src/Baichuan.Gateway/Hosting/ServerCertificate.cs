using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Baichuan.Gateway.Hosting;

/// <summary>
/// The gateway's certificate, read from two PEM files and again when they have changed, so that one that is renewed needs no restart. Handshakes of any
/// thread ask for it. One that cannot be read while the server runs leaves the last one in place.
/// </summary>
internal sealed class ServerCertificate
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(10);

    private readonly string _file;
    private readonly string _keyFile;
    private readonly TimeProvider _time;
    private readonly Lock _reading = new();
    private volatile SslServerAuthenticationOptions _current;
    private DateTime _written; // guarded by _reading
    private long _looked; // guarded by _reading

    /// <exception cref="ArgumentException">The files are no certificate with its key; the message says what to do.</exception>
    public ServerCertificate(string file, string keyFile, TimeProvider time)
    {
        (_file, _keyFile, _time) = (file, keyFile, time);
        _looked = time.GetTimestamp();
        _written = LastWrite();
        try
        {
            _current = Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException($"Gateway:CertificateFile '{file}' with Gateway:CertificateKeyFile '{keyFile}' cannot be used ({e.Message}); both must be readable PEM files that belong together.", e);
        }
    }

    /// <summary>Makes a listener speak TLS with it.</summary>
    public void Secure(ListenOptions listen) => listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Current()) });

    public SslServerAuthenticationOptions Current()
    {
        if (!_reading.TryEnter())
            return _current; // somebody looks already
        try
        {
            if (_time.GetElapsedTime(_looked) < LookPeriod)
                return _current;
            _looked = _time.GetTimestamp();
            if (LastWrite() is var written && written != _written)
            {
                _current = Read();
                _written = written;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // Half written, or gone for the moment: looked at again.
        }
        finally
        {
            _reading.Exit();
        }

        return _current;
    }

    private SslServerAuthenticationOptions Read()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_file);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(_file, _keyFile), chain, offline: true),
        };
    }

    private DateTime LastWrite() => File.GetLastWriteTimeUtc(_file);
}

using System.ComponentModel.DataAnnotations;
using Baichuan.Cluster.Security;
using Baichuan.Testing.Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Security;

public sealed class ClusterTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new TestAuthority("authority").Issue("first");
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void A_renewed_certificate_is_taken_up_for_channels_and_calls()
    {
        var tls = Read(_authority.AuthorityFile);
        Assert.Equal("CN=first", Shown(tls));

        _authority.Issue("second");
        _time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal("CN=second", Shown(tls));
        Assert.Equal("CN=second", tls.ForCalls.LocalCertificate?.Subject);
    }

    [Fact]
    public void Files_that_cannot_be_used_fail_with_their_settings()
    {
        var refusal = Assert.Throws<ArgumentException>(() => Read(_authority.KeyFile)); // has no certificate in it
        Assert.Contains("Tls:AuthorityFile", refusal.Message);
    }

    [Fact]
    public void Two_of_the_three_files_are_refused()
    {
        var options = new ClusterTlsOptions { CertificateFile = "a", CertificateKeyFile = "b" };
        Assert.Contains("set all three, or none", Assert.Single(options.Validate(new ValidationContext(options))).ErrorMessage);
        Assert.Empty(new ClusterTlsOptions().Validate(new ValidationContext(options)));
    }

    private static string Shown(ClusterTls tls) => tls.ForChannels.Answering().ServerCertificateContext!.TargetCertificate.Subject;

    private ClusterTls Read(string authorityFile) => new(
        Options.Create(new ClusterTlsOptions { CertificateFile = _authority.CertificateFile, CertificateKeyFile = _authority.KeyFile, AuthorityFile = authorityFile }),
        _time,
        NullLogger<ClusterTls>.Instance);
}

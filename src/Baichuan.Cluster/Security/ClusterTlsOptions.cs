using System.ComponentModel.DataAnnotations;

namespace Baichuan.Cluster.Security;

/// <summary>
/// Section Tls: TLS between the processes of a cluster, for their calls and the data channels of shards. The three files, everywhere, or none. What clients speak to is the gateway's matter
/// (Gateway:CertificateFile), and what the store speaks that of Silo:StoreConnection.
/// </summary>
public sealed class ClusterTlsOptions : IValidatableObject
{
    /// <summary>PEM file of this process's certificate and those that lead to its authority. For both ends of a connection: if it names extended key usages, server and client authentication.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>PEM file of its private key.</summary>
    public string CertificateKeyFile { get; set; } = "";

    /// <summary>PEM file of the authority that signs for processes of this cluster, and for nobody else: whoever has a certificate of it is let in. Several authorities, while one takes another's place.</summary>
    public string AuthorityFile { get; set; } = "";

    public bool IsOn => CertificateFile.Length > 0;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string[] files = [CertificateFile, CertificateKeyFile, AuthorityFile];
        if (files.Any(file => file.Length > 0) && files.Any(file => file.Length == 0))
            yield return new ValidationResult("Tls:CertificateFile, Tls:CertificateKeyFile and Tls:AuthorityFile belong together; set all three, or none.");
    }
}

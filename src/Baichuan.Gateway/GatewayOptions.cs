using System.ComponentModel.DataAnnotations;
using System.Net;
using Baichuan.Gateway.Tenants;

namespace Baichuan.Gateway;

/// <summary>
/// Settings of a gateway: section "Gateway" of the configuration (appsettings.json, environment as Gateway__GrpcPort, command line as --Gateway:GrpcPort).
/// Checked at start; limits of the protocol itself are in <see cref="Requests.RequestLimits"/>, those of the server in <see cref="Hosting.ListenerLimits"/>.
/// </summary>
public sealed class GatewayOptions : IValidatableObject
{
    public const string Section = "Gateway";

    internal const string RoundRobin = "round-robin";

    /// <summary>Folder of the checkpoint, for config.json and the tokenizer's files; the weights are not read.</summary>
    [Required]
    public string ModelFolder { get; set; } = "";

    /// <summary>The model's name, by which requests and the cluster know it.</summary>
    [Required, RegularExpression("[A-Za-z0-9._-]{1,128}", ErrorMessage = "Model must be 1 to 128 characters of A-Z a-z 0-9 . _ -")]
    public string Model { get; set; } = "";

    /// <summary>Address of both ports.</summary>
    public string BindAddress { get; set; } = "127.0.0.1";

    /// <summary>gRPC over HTTP/2, with TLS if there is a certificate; 0: any free port.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int GrpcPort { get; set; } = 5080;

    /// <summary>/metrics over HTTP/1.1; 0: any free port.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int MetricsPort { get; set; } = 5081;

    /// <summary>grpc.health.v1 and nothing else, without TLS, for probes that speak none; not set: no such port.</summary>
    [Range(1, IPEndPoint.MaxPort)]
    public int? HealthPort { get; set; }

    /// <summary>OpenAI's API over HTTP/1.1, with TLS if there is a certificate; 0: any free port; not set: no such port.</summary>
    [Range(0, IPEndPoint.MaxPort)]
    public int? HttpPort { get; set; }

    /// <summary>A page for operators at /console/ of <see cref="HttpPort"/>. For keys of tenants with <see cref="TenantOptions.Operator"/>; without tenants, for this machine alone.</summary>
    public bool Console { get; set; }

    /// <summary>PEM file of this gateway's certificate, followed by those between it and its root. Read again when it changes, for new connections. Not set: no TLS.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>PEM file of the certificate's private key.</summary>
    public string? CertificateKeyFile { get; set; }

    /// <summary>Most bytes of a request message; a larger one is refused by its stated length, before it is read.</summary>
    [Range(1 << 10, 1 << 28)]
    public int MaxRequestBytes { get; set; } = 4 << 20;

    /// <summary>Most bytes of text, as UTF-8, in a prompt or in all messages of a chat; also most token ids to detokenise.</summary>
    [Range(1, 1 << 26)]
    public int MaxPromptBytes { get; set; } = 1 << 20;

    /// <summary>Most connections to the gRPC port.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Most calls at once on one connection; further ones wait at the client.</summary>
    [Range(1, 100_000)]
    public int MaxStreamsPerConnection { get; set; } = 1_000;

    /// <summary>How long before a call's deadline its stream is ended, so that the last event still arrives. At most half of the time that there is.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan DeadlineMargin { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Which of several replicas gets a request: <c>cache-aware</c>, the one of its session or that has most of its prompt cached, unless it is much busier than
    /// others; or <c>round-robin</c>, each in turn, whatever is cached.</summary>
    [RegularExpression("cache-aware|round-robin", ErrorMessage = "Gateway:Routing must be cache-aware or round-robin.")]
    public string Routing { get; set; } = "cache-aware";

    /// <summary>How long a new request is offered to replicas that do not answer, or have not formed.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan AdmissionTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a running stream that lost its replica waits for one.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long it waits while no replica is of the profile that its tokens were computed with; other replicas cannot go on with it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ProfileTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A replica that has not answered for so long is given up for the moment: its streams go elsewhere, or ask it anew.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan ReplicaTimeout { get; set; } = TimeSpan.FromMilliseconds(2500);

    /// <summary>How long a call about a session is repeated while its grain does not answer, because its silo is being replaced.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Pause after a call to the cluster that failed; doubles up to ten times this.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often the gateway looks at the cluster's topology.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan TopologyInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A topology that could not be renewed for so long counts as no replica ready.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan TopologyExpiry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A client that does not take an event for so long is cut off, and its request cancelled. Long before, when some hundred tokens wait for it, its sequence is parked.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SlowClientTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>At shutdown: how long running streams may go on. The host stops 10 s later, so that their last event still arrives.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Who may use this gateway, by name. None: everybody, without a key, as tenant "default".</summary>
    public Dictionary<string, TenantOptions> Tenants { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(BindAddress, out _))
            yield return new ValidationResult($"BindAddress is \"{BindAddress}\"; set an IP address, such as 127.0.0.1.", [nameof(BindAddress)]);
        if (CertificateFile is null != CertificateKeyFile is null)
            yield return new ValidationResult("CertificateFile and CertificateKeyFile belong together; set both, or neither.", [nameof(CertificateFile)]);
        if (Console && HttpPort is null)
            yield return new ValidationResult("Console is true and HttpPort is not set; the console is a page of that port, so set one, or 0 for any free one.", [nameof(Console)]);
        foreach (var wrong in Tenants.SelectMany(tenant => tenant.Value.Check(tenant.Key)).Concat(SharedKeys()))
            yield return new ValidationResult(wrong, [nameof(Tenants)]);
    }

    private IEnumerable<string> SharedKeys() =>
        from entry in Tenants
        from key in entry.Value.Keys.Values
        where TenantKey.TryParse(key, out _)
        group entry.Key by Convert.ToHexString(TenantKey.TryParse(key, out var hash) ? hash : []) into owners
        where owners.Count() > 1
        select $"{Section}:{nameof(Tenants)}: {string.Join(" and ", owners)} have a key in common; a key belongs to one tenant, once.";
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Baichuan.Cluster.EndToEnd.Processes;
using Baichuan.Testing.Certificates;
using Baichuan.V1;
using Grpc.Net.Client;

namespace Baichuan.Cluster.EndToEnd;

/// <summary>TLS between the processes of a cluster: calls and data channels, with certificates of one authority on both sides.</summary>
public sealed class TlsTests : IDisposable
{
    private const byte TlsAlert = 21; // the type of a record with which TLS says that it cannot go on

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _data = Directory.CreateTempSubdirectory("baichuan-test-").FullName;
    private readonly TestAuthority _ours = new TestAuthority("ours").Issue("process");
    private readonly TestAuthority _theirs = new TestAuthority("theirs").Issue("stranger");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Processes_of_one_authority_stream_an_answer_under_TLS_and_nobody_else_is_let_in()
    {
        string[] shared = ["--state-file", Path.Combine(_data, "cluster.db"), "--cluster-id", "tls", "--tensor-parallel", "2"];
        int[] ports = [Ports.Free(), Ports.Free(), Ports.Free()]; // between silos, for gateways, for data
        await using var one = new ChildProcess(
            Executables.Server, ["silo", .. shared, "--silo-port", $"{ports[0]}", "--silo-gateway-port", $"{ports[1]}", "--data-port", $"{ports[2]}"], _ours.Environment);
        await using var two = new ChildProcess(Executables.Server, ["silo", .. shared], _ours.Environment);
        await using var gateway = await GatewayProcess.StartAsync(["gateway", .. shared[..4]], environment: _ours.Environment);
        using var channel = GrpcChannel.ForAddress(gateway.Address);

        // 1. Two ranks in two processes: every call and every all-reduce is under TLS.
        var answer = await Answer.ReadAsync(new Inference.InferenceClient(channel).Chat(Questions.Greedy("What is diabetes?", 8)));
        Assert.Equal(8, answer.Tokens.Count);

        // 2. A silo with a certificate of another authority does not become one of them, and says why; so do they.
        await using (var stranger = new ChildProcess(Executables.Server, ["silo", .. shared], _theirs.Environment))
        {
            await Waiting.UntilAsync(
                () => Task.FromResult(Says(stranger, "CN=ours") && (Says(one, "CN=theirs") || Says(two, "CN=theirs"))), () => $"{stranger.Log}\n{one.Log}\n{two.Log}", Patience);
            var topology = await new V1.Cluster.ClusterClient(channel).GetTopologyAsync(new GetTopologyRequest());
            Assert.Equal(2, topology.Silos.Count);
        }

        // 3. Whoever comes without a certificate of ours gets not a byte from any port, in the clear or not.
        foreach (var port in ports)
        {
            Assert.Empty(await BytesAsync(port, _theirs));
            Assert.True(await BytesAsync(port, null) is [] or [TlsAlert, ..]);
        }

        static bool Says(ChildProcess process, string issuer) =>
            process.Log.Split('\n').Any(line => line.Contains("is not let into the cluster", StringComparison.Ordinal) && line.Contains(issuer, StringComparison.Ordinal));
    }

    /// <summary>What a port answers to a stranger, up to the end of the connection.</summary>
    /// <param name="shown">Whose certificate the stranger has; null: it speaks in the clear.</param>
    private static async Task<byte[]> BytesAsync(int port, TestAuthority? shown)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var clear = socket.GetStream();
        await using var tls = new SslStream(clear);
        using var most = new CancellationTokenSource(Patience);
        if (shown is null)
        {
            await clear.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), most.Token);
            return await ReadAsync(clear, most.Token);
        }

        // With TLS 1.3 the other side looks at the certificate when this one thinks that all is well.
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "cluster",
                ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(shown.CertificateFile, shown.KeyFile), null, offline: true),
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Issuer == "CN=ours",
            },
            most.Token);
        return await ReadAsync(tls, most.Token);
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var answer = new byte[64];
        try
        {
            return answer[..await stream.ReadAsync(answer, cancellationToken)];
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return [];
        }
    }
}

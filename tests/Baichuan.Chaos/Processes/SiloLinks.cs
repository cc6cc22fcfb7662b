using System.Diagnostics;

namespace Baichuan.Chaos.Processes;

/// <summary>A network namespace for each silo, joined by a bridge that this machine is on as well: so that the link of one can be cut, as from a switch. Needs root and iproute2.</summary>
internal sealed class SiloLinks : IDisposable
{
    private const string Bridge = "bchaos";
    private readonly int _count;

    public SiloLinks(int count)
    {
        _count = count;
        Dispose(); // what an earlier run left behind
        Ip($"link add {Bridge} type bridge");
        Ip($"addr add 10.77.0.1/24 dev {Bridge}");
        Ip($"link set {Bridge} up");
        for (var number = 0; number < count; number++)
        {
            Ip($"netns add {NamespaceOf(number)}");
            Ip($"link add {LinkOf(number)} type veth peer name eth0 netns {NamespaceOf(number)}");
            Ip($"link set {LinkOf(number)} master {Bridge} up");
            Ip($"-n {NamespaceOf(number)} addr add {AddressOf(number)}/24 dev eth0");
            Ip($"-n {NamespaceOf(number)} link set eth0 up");
            Ip($"-n {NamespaceOf(number)} link set lo up");
        }
    }

    public string NamespaceOf(int number) => $"bchaos{number}";

    public IReadOnlyList<string> ArgumentsOf(int number) => ["--silo-address", AddressOf(number), "--data-address", AddressOf(number)];

    public void Cut(int number) => Ip($"link set {LinkOf(number)} down");

    public void Heal(int number) => Ip($"link set {LinkOf(number)} up");

    public void Dispose()
    {
        for (var number = 0; number < _count; number++)
            Run($"netns del {NamespaceOf(number)}");
        Run($"link del {Bridge}");
    }

    private static string AddressOf(int number) => $"10.77.0.{number + 10}";

    private static string LinkOf(int number) => $"bchaosl{number}";

    private static void Ip(string arguments)
    {
        var (code, error) = Run(arguments);
        if (code != 0)
            throw new InvalidOperationException($"ip {arguments} failed: {error} Network namespaces need root.");
    }

    private static (int Code, string Error) Run(string arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var error = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        return (ip.ExitCode, error);
    }
}

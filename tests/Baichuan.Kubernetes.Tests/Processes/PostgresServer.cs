namespace Baichuan.Kubernetes.Tests.Processes;

/// <summary>A PostgreSQL with a database of its own. It does not run as root: then it runs as nobody.</summary>
internal sealed class PostgresServer(string address) : IStoreServer
{
    private static readonly string[] Nobody =
        Environment.UserName == "root" ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : ["/usr/bin/env"];

    private readonly string _program = Tools.Postgres("postgres");
    private readonly TemporaryFolder _folder = new();
    private ChildProcess? _process;

    public string Connection => $"Host={address};Username=baichuan;Password={IStoreServer.Password};Database=postgres;Timeout=3;Command Timeout=5";

    private string Data => _folder.File("data");

    public async Task StartAsync()
    {
        var isNew = !Directory.Exists(Data);
        if (isNew)
        {
            TemporaryFolder.OpenToAll(_folder.Path);
            await File.WriteAllTextAsync(_folder.File("password"), IStoreServer.Password);
            var (code, output, errors) = await Tools.RunAsync(Nobody[0],
                [.. Nobody[1..], Tools.Postgres("initdb"), "-D", Data, "-U", "baichuan", "-A", "scram-sha-256", "--pwfile", _folder.File("password"), "--no-sync", "-E", "UTF8"]);
            Assert.True(code == 0, output + errors);
        }

        _process = new ChildProcess(Nobody[0], [.. Nobody[1..], _program, "-D", Data, "-h", address, "-k", _folder.Path]);
        await ChartCluster.UntilAsync(async () => (await Tools.RunAsync(Tools.Postgres("pg_isready"), ["-h", address])).Code == 0, () => _process.Log);
        if (!isNew)
            return;

        // Without its tables a silo does not start, and says what to do; the command makes them, any number of times.
        await using var silo = new ChildProcess(Executables.Server, ["silo", "--store", "postgres"], Variables);
        Assert.Equal(1, await silo.ExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("postgres-schema", silo.Log);
        for (var i = 0; i < 2; i++)
        {
            await using var make = new ChildProcess(Executables.Server, ["postgres-schema", "--apply"], Variables);
            Assert.True(await make.ExitAsync(TimeSpan.FromSeconds(30)) == 0, make.Log);
        }
    }

    public async Task KillAsync()
    {
        _process!.Signal("QUIT"); // its own word for leaving without a checkpoint; a kill would leave its children behind
        await _process.ExitAsync(TimeSpan.FromSeconds(20));
        await _process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await KillAsync();
        _folder.Dispose();
    }

    private Dictionary<string, string> Variables => new()
    {
        ["Silo__StoreConnection"] = Connection,
        ["Sessions__Keys__one"] = Convert.ToBase64String(new byte[32]),
    };
}

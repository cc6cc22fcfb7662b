namespace Baichuan.Kubernetes.Tests.Processes;

/// <summary>A Redis as the chart's template starts it, but for folder and address.</summary>
internal sealed class RedisServer(string address) : IStoreServer
{
    private readonly string _program = Tools.Redis;
    private readonly TemporaryFolder _data = new();
    private ChildProcess? _process;

    public string Connection => $"{address}:6379,password={IStoreServer.Password}";

    public Task StartAsync()
    {
        _process = new ChildProcess(_program,
            ["--requirepass", IStoreServer.Password, "--dir", _data.Path, "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--bind", address]);
        return Task.CompletedTask;
    }

    public async Task KillAsync()
    {
        _process!.Signal("KILL");
        await _process.ExitAsync(TimeSpan.FromSeconds(20));
        await _process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _data.Dispose();
    }
}

using Baichuan.Cli.Demo;
using Baichuan.Cli.Tests.Fakes;
using Grpc.Health.V1;

namespace Baichuan.Cli.Tests.Demo;

public sealed class ServerProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("baichuan-cli-tests-").FullName;

    [Fact]
    public async Task A_server_that_ends_before_it_is_ready_is_noticed_and_its_log_kept()
    {
        using var server = Start("/bin/sh", "-c", "echo first; echo there is no model >&2; exit 2");

        var failure = await Assert.ThrowsAsync<FailureException>(() => Readiness.WaitAsync(server, Nowhere(), TimeProvider.System, default));

        Assert.Equal("The server ended before it was ready.", failure.Message);
        Assert.Equal("there is no model", server.LastLogLines(1));
        Assert.Equal((true, true), await server.StopAsync());
    }

    [Fact]
    public async Task A_server_that_is_missing_is_noticed()
    {
        using var server = Start(Path.Combine(_folder, "no-such-server"));

        await Assert.ThrowsAsync<FailureException>(() => Readiness.WaitAsync(server, Nowhere(), TimeProvider.System, default));

        Assert.Contains("no-such-server", server.LastLogLines(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wait_is_over_once_the_gateway_serves()
    {
        await using var gateway = await FakeGateway.StartAsync();
        using var server = Start("/bin/sleep", "60");
        gateway.Health.SetStatus("", HealthCheckResponse.Types.ServingStatus.NotServing);
        var wait = Readiness.WaitAsync(server, new Uri(gateway.Address), TimeProvider.System, default);

        gateway.Health.SetStatus("", HealthCheckResponse.Types.ServingStatus.Serving);

        await wait.WaitAsync(TimeSpan.FromSeconds(30));
        await server.StopAsync();
    }

    [Fact]
    public async Task Stopping_asks_the_server_itself()
    {
        using var server = Start("/bin/sleep", "60");

        Assert.Equal((true, true), await server.StopAsync());

        Assert.True(server.HasExited);
    }

    [Fact]
    public async Task Stopping_waits_for_processes_that_outlive_the_server()
    {
        var pipe = Path.Combine(_folder, "pipe");
        using var server = Start("/bin/sh", "-c", $"mkfifo {pipe}; (cat {pipe}; echo late) & exit 0");
        await Assert.ThrowsAsync<FailureException>(() => Readiness.WaitAsync(server, Nowhere(), TimeProvider.System, default));
        var stop = server.StopAsync();

        await File.WriteAllTextAsync(pipe, "");

        Assert.Equal((true, true), await stop);
        Assert.Equal("late", server.LastLogLines(1));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ServerProcess Start(string executable, params string[] arguments) => ServerProcess.Start(executable, arguments, Path.Combine(_folder, "server.log"));

    private static Uri Nowhere() => new($"http://127.0.0.1:{LoopbackPorts.Find(1)[0]}");
}

namespace Baichuan.Server.Hosting;

/// <summary>Stops the process in good order when its standard input ends, which a supervisor's death brings about however it dies.</summary>
internal sealed class InputWatch(IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[64];
        while (await input.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(stoppingToken) > 0) // the read itself cannot be cancelled
        {
            // Nothing is ever sent: only the end matters.
        }

        lifetime.StopApplication();
    }
}

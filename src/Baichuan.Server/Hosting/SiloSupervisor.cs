using System.Diagnostics;
using Baichuan.Cluster.Slots;
using Baichuan.Compute.Threads;

namespace Baichuan.Server.Hosting;

/// <summary>Starts silo processes, starts one again when it dies, and ends them with this process: each watches its standard input, which ends with us
/// however we go.</summary>
internal sealed partial class SiloSupervisor(int count, IConfiguration configuration, IHostApplicationLifetime lifetime, ILogger<SiloSupervisor> logger) : BackgroundService
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);
    private static readonly string[] Sections = ["Deployment", "Slots", "Silo", "Sessions", "Tls", "Logging"];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(number => SuperviseAsync(number, stoppingToken)));

    private async Task SuperviseAsync(int number, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            using var process = Process.Start(StartInfo(number))!;
            LogStarted(number, process.Id);
            try
            {
                await process.WaitForExitAsync(stopping);
                if (process.ExitCode == ServerHost.Refused)
                {
                    LogRefused(number, process.Id);
                    lifetime.StopApplication();
                    return;
                }

                LogEnded(number, process.Id, process.ExitCode);
                await Task.Delay(RestartDelay, stopping);
            }
            catch (OperationCanceledException)
            {
                await StopAsync(process);
            }
        }
    }

    private static async Task StopAsync(Process process)
    {
        if (process.HasExited)
            return;
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(StopTime);
        }
        catch (TimeoutException)
        {
            process.Kill();
        }
    }

    private ProcessStartInfo StartInfo(int number)
    {
        var executable = Environment.ProcessPath!;
        var info = new ProcessStartInfo(executable) { RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(executable) == "dotnet")
            info.ArgumentList.Add(typeof(SiloSupervisor).Assembly.Location);
        info.ArgumentList.Add("silo");
        foreach (var (key, value) in Sections.SelectMany(section => configuration.GetSection(section).AsEnumerable()))
        {
            if (value is not null)
                info.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        info.Environment["Silo__ExitWithInput"] = "true";
        if (CoresOf(number) is { } cores)
            info.Environment["Slots__Cores"] = cores;
        return info;
    }

    /// <summary>Cores for each silo alone, if there are enough and nobody has chosen. Not where this process has a limited share of many cores: others that do
    /// would all choose the first.</summary>
    private string? CoresOf(int number)
    {
        var slots = configuration.GetSection("Slots").Get<SlotOptions>() ?? new SlotOptions();
        return slots.Cores.Length == 0 && count * slots.Threads <= Environment.ProcessorCount && CoreSet.Available == Environment.ProcessorCount
            ? $"{number * slots.Threads}-{((number + 1) * slots.Threads) - 1}"
            : null;
    }

    [LoggerMessage(LogLevel.Information, "Silo {Number} runs as process {ProcessId}")]
    private partial void LogStarted(int number, int processId);

    [LoggerMessage(LogLevel.Warning, "Silo {Number}, process {ProcessId}, ended with code {ExitCode}; starting it again")]
    private partial void LogEnded(int number, int processId, int exitCode);

    [LoggerMessage(LogLevel.Error, "Silo {Number}, process {ProcessId}, cannot start and has said why; another one would say the same, so everything stops")]
    private partial void LogRefused(int number, int processId);
}

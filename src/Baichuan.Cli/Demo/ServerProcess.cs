using System.Diagnostics;

namespace Baichuan.Cli.Demo;

/// <summary>
/// A baichuan-server process, with the silo processes that it supervises. It writes its log to a file and holds none of our streams, so that it can go on
/// after us.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly List<Process> _silos = [];

    private ServerProcess(Process process, string logFile) => (_process, LogFile) = (process, logFile);

    public int Id => _process.Id;

    public string LogFile { get; }

    public bool HasExited => _process.HasExited;

    public static ServerProcess Start(string executable, IEnumerable<string> arguments, string logFile)
    {
        // The shell gives its place, and so its process id, to the server.
        const string Script = "log=$1; shift; exec \"$@\" </dev/null >\"$log\" 2>&1";
        var info = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", logFile, executable, .. arguments]);
        info.Environment["DOTNET_ROOT"] = DotnetHost.Root;
        return new ServerProcess(Process.Start(info)!, logFile);
    }

    /// <summary>Names its silos, so that stopping waits for them too.</summary>
    public void AddSilos(IEnumerable<int> processIds)
    {
        foreach (var id in processIds.Where(id => id != Id))
        {
            try
            {
                _silos.Add(Process.GetProcessById(id));
            }
            catch (ArgumentException)
            {
                // It ended since; the server replaces it, and ends the next one itself.
            }
        }
    }

    public string LastLogLines(int count) => string.Join('\n', File.ReadLines(LogFile).TakeLast(count));

    /// <summary>Asks it to stop, and kills it and its silos if it takes longer than 10 s.</summary>
    /// <returns>Whether every process is gone, and whether none had to be killed.</returns>
    public async Task<(bool Stopped, bool Orderly)> StopAsync()
    {
        if (!_process.HasExited)
            Signal.Terminate(Id);
        var orderly = await EndsAsync(_process);
        if (!orderly)
            _process.Kill(entireProcessTree: true);
        var stopped = await EndsAsync(_process);
        foreach (var silo in _silos)
        {
            if (!await EndsAsync(silo))
            {
                orderly = false;
                silo.Kill();
            }

            stopped &= await EndsAsync(silo);
        }

        return (stopped, orderly);
    }

    public void Dispose()
    {
        foreach (var silo in _silos)
            silo.Dispose();
        _process.Dispose();
    }

    private static async Task<bool> EndsAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(StopTime);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}

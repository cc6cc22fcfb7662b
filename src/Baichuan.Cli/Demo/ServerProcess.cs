using System.Diagnostics;

namespace Baichuan.Cli.Demo;

/// <summary>
/// A baichuan-server process, with the silo processes that it supervises. It writes its log to a file and needs none of our streams, so that it can go on
/// after us.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    // The shell gives its place, and so its process id, to the server. Descriptor 3 is a pipe to us that nobody writes to: the server and every process
    // that it starts hold it open, so its end is the end of them all.
    private const string Script = "log=$1; shift; exec \"$@\" 3>&1 </dev/null >\"$log\" 2>&1";
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly Task _allGone;

    private ServerProcess(Process process, string logFile)
    {
        (_process, LogFile) = (process, logFile);
        _allGone = process.StandardOutput.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public string LogFile { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Its silo processes, once they are known.</summary>
    public IReadOnlyList<int> SiloIds { get; set; } = [];

    public static ServerProcess Start(string executable, IEnumerable<string> arguments, string logFile)
    {
        var info = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", logFile, executable, .. arguments]) { RedirectStandardOutput = true };
        info.Environment["DOTNET_ROOT"] = DotnetHost.Root;
        return new ServerProcess(Process.Start(info)!, logFile);
    }

    public string LastLogLines(int count) => string.Join('\n', File.ReadLines(LogFile).TakeLast(count));

    /// <summary>Asks it to stop, and kills it and its silos if that takes longer than 10 s.</summary>
    /// <returns>Whether every process is gone, and whether none had to be killed.</returns>
    public async Task<(bool Stopped, bool Orderly)> StopAsync()
    {
        if (!_process.HasExited)
            Signal.Terminate(Id);
        if (await AllGoneInTimeAsync())
            return (true, true);
        _process.Kill(entireProcessTree: true);
        foreach (var id in SiloIds)
            KillSilo(id);
        return (await AllGoneInTimeAsync(), false);
    }

    public void Dispose() => _process.Dispose();

    private static void KillSilo(int id)
    {
        try
        {
            using var silo = Process.GetProcessById(id);
            if (silo.ProcessName.StartsWith("baichuan", StringComparison.Ordinal)) // the number may have passed on to another program
                silo.Kill();
        }
        catch (ArgumentException)
        {
            // It is gone.
        }
    }

    private async Task<bool> AllGoneInTimeAsync()
    {
        try
        {
            await Task.WhenAll(_allGone, _process.WaitForExitAsync()).WaitAsync(StopTime);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}

namespace Baichuan.Chaos.Processes;

/// <summary>Keeps everybody from reading and writing the cluster's state file, as a store that is down would: holds all locks of its write-ahead log (bytes 120 to 127 of the -shm file, as SQLite's file format has
/// it).</summary>
internal sealed class StoreOutage : IDisposable
{
    private const int FirstLock = 120;
    private const int Locks = 8;

    private readonly FileStream _file;

    private StoreOutage(FileStream file) => _file = file;

    public static async Task<StoreOutage> BeginAsync(string stateFile)
    {
        var file = new FileStream($"{stateFile}-shm", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        while (true)
        {
            try
            {
                if (!OperatingSystem.IsMacOS())
                    file.Lock(FirstLock, Locks);
                return new StoreOutage(file);
            }
            catch (IOException)
            {
                await Task.Delay(1); // somebody is at it
            }
        }
    }

    public void Dispose() => _file.Dispose();
}

namespace Baichuan.Cli.Bench.Load;

/// <summary>How far a run is. The run counts, on any thread; whoever shows it reads, and never holds the run up.</summary>
/// <param name="planned">Requests of the plan.</param>
internal sealed class LoadCounters(int planned)
{
    private int _sent;
    private int _ended;
    private long _outputTokens;

    public int Planned => planned;

    public int Ended => Volatile.Read(ref _ended);

    public int InFlight => Math.Max(0, Volatile.Read(ref _sent) - Ended);

    public long OutputTokens => Volatile.Read(ref _outputTokens);

    public void OnSent() => Interlocked.Increment(ref _sent);

    public void OnTokens(int count) => Interlocked.Add(ref _outputTokens, count);

    public void OnEnded() => Interlocked.Increment(ref _ended);
}

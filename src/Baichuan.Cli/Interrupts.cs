using System.Runtime.InteropServices;

namespace Baichuan.Cli;

/// <summary>
/// Ctrl-C, SIGTERM and SIGHUP as cancellation, so that a command can tidy up. While a turn of a conversation runs, Ctrl-C cancels the turn alone.
/// Signals come on threads of the runtime.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private PosixSignalRegistration[] _signals = [];
    private CancellationTokenSource? _turn;

    /// <summary>Cancelled when the command has to end.</summary>
    public CancellationToken End => _end.Token;

    public static Interrupts OfThisProcess()
    {
        var interrupts = new Interrupts();
        interrupts._signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => { signal.Cancel = true; interrupts.Interrupt(); }),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => { signal.Cancel = true; interrupts._end.Cancel(); }),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => { signal.Cancel = true; interrupts._end.Cancel(); }),
        ];
        return interrupts;
    }

    /// <summary>Runs a turn. A Ctrl-C meanwhile cancels the turn's token, and not <see cref="End"/>.</summary>
    public async Task RunTurnAsync(Func<CancellationToken, Task> turn)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(End);
        lock (_lock)
            _turn = source;
        try
        {
            await turn(source.Token);
        }
        finally
        {
            lock (_lock)
                _turn = null;
        }
    }

    /// <summary>What Ctrl-C does.</summary>
    public void Interrupt()
    {
        lock (_lock)
            (_turn ?? _end).Cancel();
    }

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _end.Dispose();
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Baichuan.Model.Faults;

/// <summary>The point at which this process is to die, as soon as a signal says so.</summary>
internal sealed class ArmedPoint
{
    private const PosixSignal UserSignal2 = (PosixSignal)12; // as Linux numbers it

    private readonly PosixSignalRegistration _signal;
    private volatile string? _name;

    /// <param name="file">Is read when the signal comes.</param>
    public ArmedPoint(string file) => _signal = PosixSignalRegistration.Create(UserSignal2, signal =>
    {
        signal.Cancel = true;
        _name = File.ReadAllText(file).Trim();
    });

    public void Pass(string name)
    {
        if (_name != name)
            return;
        GC.KeepAlive(_signal);
        Process.GetCurrentProcess().Kill(); // SIGKILL: nothing of this process runs any more
        Thread.Sleep(Timeout.Infinite);
    }
}

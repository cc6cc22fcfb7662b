using System.Text;

namespace Baichuan.Cli.Tests.Fakes;

/// <summary>A terminal that takes no output until it is let go.</summary>
internal sealed class StuckWriter : TextWriter
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Done once somebody is stuck.</summary>
    public Task Entered => _entered.Task;

    public void Release() => _released.SetResult();

    public override void Write(char value)
    {
        _entered.TrySetResult();
        _released.Task.Wait();
    }
}

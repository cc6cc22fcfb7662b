using System.Text;

namespace Baichuan.Cli.Tests.Fakes;

/// <summary>Keeps what is written, and tells who waits for it.</summary>
internal sealed class WatchedWriter : TextWriter
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Encoding Encoding => Encoding.UTF8;

    public string Text
    {
        get
        {
            lock (_lock)
                return _text.ToString();
        }
    }

    public override void Write(char value)
    {
        lock (_lock)
        {
            _text.Append(value);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async Task WaitForAsync(string text)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_text.ToString().Contains(text, StringComparison.Ordinal))
                    return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(SafetyNet);
        }
    }
}

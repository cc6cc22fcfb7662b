using Baichuan.Model.Execution;

namespace Baichuan.Scheduling;

/// <summary>
/// The executors' sequence numbers, 0 to the most running sequences - 1. A number that comes back is free at once, although rows under it may be in
/// flight: shards run steps strictly in order, and the next step carries its release ahead of any admission that takes it again.
/// </summary>
internal sealed class SequenceNumbers
{
    private readonly int _count;
    private readonly Stack<int> _free;
    private readonly List<int> _released = [];

    public SequenceNumbers(int count)
    {
        _count = count;
        _free = new Stack<int>(count);
        Reset();
    }

    public bool AnyFree => _free.Count > 0;

    public int InUse => _count - _free.Count;

    public int Take() => _free.Pop();

    public void Return(int number)
    {
        _free.Push(number);
        _released.Add(number);
    }

    /// <summary>Orders the releases that came up since the last step.</summary>
    public void WriteReleases(StepBatchBuilder batch)
    {
        foreach (var number in _released)
            batch.Release(number);
        _released.Clear();
    }

    /// <summary>All free, nothing to release: executors have forgotten every sequence.</summary>
    public void Reset()
    {
        _released.Clear();
        _free.Clear();
        for (var number = _count - 1; number >= 0; number--)
            _free.Push(number);
    }
}

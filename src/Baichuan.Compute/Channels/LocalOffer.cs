namespace Baichuan.Compute.Channels;

/// <summary>
/// Values that one thread shows to another in its own memory. A lock is held while they are read: so a rank that fails can take its memory back, and no
/// peer is then in the middle of it.
/// </summary>
internal sealed unsafe class LocalOffer
{
    private readonly object _gate = new();
    private float* _values;
    private bool _withdrawn;

    public FrameTag Tag { get; private set; }

    public void Show(in FrameTag tag, float* shown)
    {
        Tag = tag;
        _values = shown;
    }

    /// <summary>Starts reading, unless the values were withdrawn.</summary>
    public bool TryOpen(out float* shown)
    {
        Monitor.Enter(_gate);
        shown = _values;
        if (!_withdrawn)
            return true;
        Monitor.Exit(_gate);
        return false;
    }

    public void Close() => Monitor.Exit(_gate);

    public void Withdraw()
    {
        lock (_gate)
            _withdrawn = true;
    }
}

namespace Baichuan.Compute.Channels;

/// <summary>
/// The channel between two ranks of one process. Nothing is copied on the way: a rank shows where its values are, the peer reads them there and says when
/// it is done.
/// </summary>
internal sealed unsafe class LocalChannel : Channel
{
    /// <summary>Frames that a rank may have under way: the peer may still read its half of one operation phase while the next is shown.</summary>
    private const int FramesUnderWay = 2;

    private readonly LocalOffer[] _offers = [.. Enumerable.Range(0, FramesUnderWay).Select(_ => new LocalOffer())];
    private readonly Lifeline _life;
    private LocalChannel _twin = null!;
    private FrameTag _expected;
    private long _shown; // written by this end, read by the twin
    private long _read; // likewise

    private LocalOffer Next => _twin._offers[_read % FramesUnderWay];

    private LocalChannel(Lifeline life, int rank, int shard)
        : base(rank, shard) => _life = life;

    /// <summary>Makes both ends: the first for <paramref name="a"/>.</summary>
    public static (LocalChannel OfA, LocalChannel OfB) Between(Lifeline a, Lifeline b, int tensorParallel)
    {
        var ofA = new LocalChannel(a, b.Shard % tensorParallel, b.Shard);
        var ofB = new LocalChannel(b, a.Shard % tensorParallel, a.Shard) { _twin = ofA };
        ofA._twin = ofB;
        return (ofA, ofB);
    }

    public override void Expect(in FrameTag tag, float* into) => _expected = tag;

    public override void Send(in FrameTag tag, float* values)
    {
        _offers[_shown % FramesUnderWay].Show(tag, values);
        Volatile.Write(ref _shown, _shown + 1);
        _twin._life.Bell.Ring();
    }

    public override bool HasArrived()
    {
        if (Volatile.Read(ref _twin._shown) == _read)
            return false;
        var tag = Next.Tag;
        return tag == _expected ? true : throw _life.OutOfStep(Shard, tag.ToString(), _expected);
    }

    public override bool HasDeparted() => Volatile.Read(ref _twin._read) == _shown;

    public override bool TryOpen(out float* values)
    {
        if (Next.TryOpen(out values))
            return true;

        // The peer breaks its own ties before it withdraws; its reason may not have come here yet.
        _life.Break(_twin._life.Fault!);
        return false;
    }

    public override void Close()
    {
        Next.Close();
        Volatile.Write(ref _read, _read + 1);
        _twin._life.Bell.Ring();
    }

    public override void Withdraw()
    {
        foreach (var offer in _offers)
            offer.Withdraw();
    }
}

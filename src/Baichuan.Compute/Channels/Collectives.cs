using System.Runtime.InteropServices;
using Baichuan.Model;

namespace Baichuan.Compute.Channels;

/// <summary>
/// The collective operations of one rank over its channels to the other ranks of its stage; the same code for every kind of channel. Called by the
/// rank's own thread; all ranks make the same calls in the same order.
/// </summary>
internal sealed unsafe class Collectives(int rank, Channel[] channels, Lifeline life, ShardStep step)
{
    /// <summary>Up to this many values, what an all-reduce costs is its exchanges, not their size: each is a latency in which the rank stands still.</summary>
    private const int DirectValues = 1 << 14;

    /// <summary>Values of the first part of an order: its length in bytes, and all of a step that admits nobody.</summary>
    private const int OrderHead = 256;

    /// <summary>As much as a message to a grain may hold, which is how the order came.</summary>
    private const int MostOrderBytes = 256 << 20;

    private readonly int _ranks = channels.Length + 1;
    private readonly float[] _sum = GC.AllocateUninitializedArray<float>(channels.Length == 0 ? 0 : DirectValues, pinned: true);
    private float[] _order = GC.AllocateUninitializedArray<float>(channels.Length == 0 ? 0 : OrderHead, pinned: true);
    private int _operation;

    public void BeginStep() => _operation = 0;

    /// <summary>values = tree sum over ranks. Few values: all ranks hand everything around and each adds it all up. Many: each rank adds up its own part
    /// (reduce-scatter), then all ranks hand their sums around (all-gather). The same bits either way.</summary>
    public void AllReduce(Span<float> values)
    {
        _operation++;
        if (_ranks == 1)
            return;
        fixed (float* mine = values)
        {
            if (values.Length <= DirectValues)
            {
                Exchange(mine, values.Length);
                return;
            }

            ReduceScatter(mine, values.Length);
            AllGather(mine, values.Length);
        }
    }

    public void Broadcast(Span<float> values)
    {
        var tag = step.Tag(FrameKind.Broadcast, ++_operation, values.Length);
        fixed (float* mine = values)
        {
            if (rank == 0)
                Send(channels, tag, mine);
            else
                Receive(channels[0], tag, mine);
        }
    }

    public void GatherToFirst(ReadOnlySpan<float> mine, Span<float> all, ReadOnlySpan<int> counts)
    {
        var tag = step.Tag(FrameKind.Gather, ++_operation, mine.Length);
        if (rank == 0)
            mine.CopyTo(all);
        fixed (float* source = mine, destination = all)
        {
            if (rank == 0)
                Collect(destination, counts, tag);
            else
                Send(channels.AsSpan(0, 1), tag, source);
        }
    }

    public void ExchangeWithPartner(ReadOnlySpan<float> mine, Span<float> theirs)
    {
        _operation++;
        var partner = new ReadOnlySpan<Channel>(in channels[(rank ^ 1) > rank ? rank : rank - 1]); // channels leave out the own rank
        var tag = step.Tag(FrameKind.Copy, _operation, theirs.Length);
        fixed (float* source = mine, destination = theirs)
        {
            if (theirs.Length > 0)
                partner[0].Expect(tag, destination);
            if (mine.Length > 0)
                partner[0].Send(tag with { Values = mine.Length }, source);
            if (theirs.Length > 0)
            {
                AwaitArrival(partner, tag);
                Take(partner[0], tag, destination);
            }

            if (mine.Length > 0)
                AwaitDeparture(partner, tag);
        }
    }

    /// <summary>Length and bytes, in one frame of a fixed size, and the rest in another.</summary>
    public void SendOrder(ReadOnlySpan<byte> order)
    {
        if (_ranks == 1)
            return;
        var values = GrowOrder(order.Length);
        var bytes = MemoryMarshal.AsBytes(_order.AsSpan());
        MemoryMarshal.Write(bytes, order.Length);
        order.CopyTo(bytes[sizeof(int)..]);
        fixed (float* first = _order)
        {
            Send(channels, step.Tag(FrameKind.Order, 1, OrderHead), first);
            if (values > OrderHead)
                Send(channels, step.Tag(FrameKind.Order, 2, values - OrderHead), first + OrderHead);
        }
    }

    /// <exception cref="PeerException">Also where an order is longer than any can be.</exception>
    public byte[] ReceiveOrder()
    {
        var tag = step.Tag(FrameKind.Order, 1, OrderHead);
        fixed (float* first = _order)
            Receive(channels[0], tag, first);
        var length = MemoryMarshal.Read<int>(MemoryMarshal.AsBytes(_order.AsSpan()));
        if (length is < 0 or > MostOrderBytes)
            throw life.OutOfStep(channels[0].Shard, $"an order of {length} bytes, which is over {MostOrderBytes} or below 0", tag);
        var values = GrowOrder(length);
        if (values > OrderHead)
        {
            fixed (float* first = _order)
                Receive(channels[0], step.Tag(FrameKind.Order, 2, values - OrderHead), first + OrderHead);
        }

        return MemoryMarshal.AsBytes(_order.AsSpan()).Slice(sizeof(int), length).ToArray();
    }

    /// <summary>Room for an order, what is there kept; returns how many values it takes.</summary>
    private int GrowOrder(int length)
    {
        var values = (length + sizeof(int) + sizeof(float) - 1) / sizeof(float);
        if (_order.Length < values)
        {
            var grown = GC.AllocateUninitializedArray<float>(values, pinned: true);
            _order.CopyTo(grown, 0);
            _order = grown;
        }

        return values;
    }

    private void Exchange(float* values, int count)
    {
        var tag = step.Tag(FrameKind.Exchange, _operation, count);
        foreach (var channel in channels)
            channel.Expect(tag, null);
        foreach (var channel in channels)
            channel.Send(tag, values);
        AwaitArrival(channels, tag);
        fixed (float* sum = _sum)
            AddUp(values, sum, count, tag);
        AwaitDeparture(channels, tag); // a peer of this process reads the values where they are
        _sum.AsSpan(0, count).CopyTo(new Span<float>(values, count));
    }

    private void ReduceScatter(float* values, int count)
    {
        var own = IndexRange.Part(rank, _ranks, count);
        var tag = step.Tag(FrameKind.ReduceScatter, _operation, own.Count);
        foreach (var channel in channels)
            channel.Expect(tag, null);
        foreach (var channel in channels)
        {
            var part = IndexRange.Part(channel.Rank, _ranks, count);
            channel.Send(tag with { Values = part.Count }, values + part.Start);
        }

        AwaitArrival(channels, tag);
        AddUp(values + own.Start, values + own.Start, own.Count, tag);
    }

    /// <summary>sum = this rank's own partial values and the peers', in the order of ranks, not of arrival.</summary>
    private void AddUp(float* own, float* sum, int count, in FrameTag tag)
    {
        Span<nint> partials = stackalloc nint[_ranks];
        partials[rank] = (nint)own;
        var opened = 0;
        for (; opened < channels.Length && channels[opened].TryOpen(out var values); opened++)
            partials[channels[opened].Rank] = (nint)values;
        if (opened == channels.Length)
            TreeSum.Into(sum, partials, count);
        foreach (var channel in channels.AsSpan(0, opened))
            channel.Close();
        if (opened < channels.Length)
            throw GiveUp(tag);
    }

    private void AllGather(float* values, int count)
    {
        var own = IndexRange.Part(rank, _ranks, count);
        var tag = step.Tag(FrameKind.AllGather, _operation, own.Count);
        foreach (var channel in channels)
        {
            var part = IndexRange.Part(channel.Rank, _ranks, count);
            channel.Expect(tag with { Values = part.Count }, values + part.Start);
        }

        foreach (var channel in channels)
            channel.Send(tag, values + own.Start);
        AwaitArrival(channels, tag);
        foreach (var channel in channels)
        {
            var part = IndexRange.Part(channel.Rank, _ranks, count);
            Take(channel, tag with { Values = part.Count }, values + part.Start);
        }

        AwaitDeparture(channels, tag);
    }

    private void Collect(float* all, ReadOnlySpan<int> counts, in FrameTag tag)
    {
        var next = all + counts[0];
        foreach (var channel in channels)
        {
            channel.Expect(tag with { Values = counts[channel.Rank] }, next);
            next += counts[channel.Rank];
        }

        AwaitArrival(channels, tag);
        next = all + counts[0];
        foreach (var channel in channels)
        {
            Take(channel, tag with { Values = counts[channel.Rank] }, next);
            next += counts[channel.Rank];
        }
    }

    private void Send(ReadOnlySpan<Channel> to, in FrameTag tag, float* values)
    {
        foreach (var channel in to)
            channel.Send(tag, values);
        AwaitDeparture(to, tag);
    }

    private void Receive(Channel from, in FrameTag tag, float* into)
    {
        from.Expect(tag, into);
        AwaitArrival(new ReadOnlySpan<Channel>(in from), tag);
        Take(from, tag, into);
    }

    /// <summary>Brings the values that have arrived to where they belong.</summary>
    private void Take(Channel channel, in FrameTag tag, float* into)
    {
        if (!channel.TryOpen(out var values))
            throw GiveUp(tag);
        if (values != into)
            new ReadOnlySpan<float>(values, tag.Values).CopyTo(new Span<float>(into, tag.Values));
        channel.Close();
    }

    private void AwaitArrival(ReadOnlySpan<Channel> from, in FrameTag tag) => Await(from, static channel => channel.HasArrived(), tag);

    private void AwaitDeparture(ReadOnlySpan<Channel> to, in FrameTag tag) => Await(to, static channel => channel.HasDeparted(), tag);

    private void Await(ReadOnlySpan<Channel> awaited, Func<Channel, bool> isDone, in FrameTag tag)
    {
        try
        {
            step.BeginWait(tag);
            while (FirstMissing(awaited, isDone) is { } missing)
                step.Pause(missing.Shard);
            step.EndWait();
        }
        catch
        {
            // Nearly always broken already; whatever else it was, the peers must not wait for this rank.
            life.Break(new Fault(FaultKind.Closed, life.Shard, $"{life.Names[life.Shard]} gave up in the middle of an operation"));
            Withdraw();
            throw;
        }
    }

    /// <summary>Looks at every channel, also after the first missing one: a look is what moves a frame on.</summary>
    private static Channel? FirstMissing(ReadOnlySpan<Channel> awaited, Func<Channel, bool> isDone)
    {
        Channel? missing = null;
        foreach (var channel in awaited)
        {
            if (!isDone(channel))
                missing ??= channel;
        }

        return missing;
    }

    /// <summary>What to throw when a peer has broken the ties and taken its memory back.</summary>
    private PeerException GiveUp(in FrameTag tag)
    {
        Withdraw();
        return life.Failure(tag);
    }

    /// <summary>After the ties are broken: when this returns, no peer looks at this rank's memory.</summary>
    private void Withdraw()
    {
        foreach (var channel in channels)
            channel.Withdraw();
    }
}

using Baichuan.Cluster.Abstractions.Streams;

namespace Baichuan.Gateway.Tests.Fakes;

/// <summary>A replica behind a bad network, restarted now and then. What it says of the current epoch is true, but not always once, whole or at all.</summary>
internal sealed class ChaoticReplica(int seed, double trouble) : FakeReplica
{
    private readonly Random _random = new(seed);
    private ulong _seenEpoch;

    public override async Task<SubmitReply> Submit(SubmitRequest request)
    {
        await Task.Yield();
        if (Happens())
            throw new TimeoutException("Lost on the way there.");
        if (request.Generated.Length > 0 && Happens())
            return new SubmitReply { Refusal = SubmitRefusal.QueueFull, Reason = "Full." };
        var reply = await base.Submit(request);
        return Happens() ? throw new TimeoutException("Lost on the way back.") : reply;
    }

    public override async Task<NextReply> Next(NextRequest request)
    {
        await Task.Yield();
        if (Happens())
            throw new TimeoutException("Lost on the way there.");
        if (Happens())
            ForgetAll();
        if (Happens())
            Epoch++;
        var reply = await base.Next(request);
        if (Happens())
            throw new TimeoutException("Lost on the way back.");
        if (_seenEpoch > 0 && Happens())
            return new NextReply(OfAnEarlierEpoch(reply));
        _seenEpoch = Epoch;
        return reply;
    }

    /// <summary>Sometimes from before what was sent, sometimes with a gap.</summary>
    protected override int FirstIndexFor(FakeSequence sequence) => Happens() ? Pick(sequence.Tokens.Count + 1) : sequence.Sent;

    /// <summary>The same streams, with tokens that nobody should see.</summary>
    private ReadOnlyMemory<byte> OfAnEarlierEpoch(NextReply reply)
    {
        var builder = new StreamUpdatesBuilder();
        foreach (var update in StreamUpdates.Parse(reply.Frame).Updates)
        {
            builder.Begin(update.Stream, update.FirstIndex, StreamEnd.Stop);
            for (var i = 0; i < update.TokenCount; i++)
                builder.AddToken(7, 0, []);
        }

        return builder.Build(_seenEpoch - 1).Frame;
    }

    private bool Happens()
    {
        lock (Gate)
            return _random.NextDouble() < trouble;
    }

    private int Pick(int limit)
    {
        lock (Gate)
            return _random.Next(limit);
    }
}

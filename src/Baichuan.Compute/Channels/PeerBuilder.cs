using Baichuan.Compute.Channels.Tcp;

namespace Baichuan.Compute.Channels;

/// <summary>Collects the ties of one shard until all are there, then makes its <see cref="ShardPeers"/>. One thread at a time.</summary>
internal sealed class PeerBuilder
{
    private readonly int _shard;
    private readonly int _ranks;
    private readonly Lifeline _life;
    private readonly ShardStep _step;
    private readonly List<Channel> _channels = [];
    private StageSource? _previous;
    private FrameQueue? _next;

    public PeerBuilder(PeerNames names, int shard, int tensorParallel, TimeSpan stepTimeout, bool spin)
    {
        _shard = shard;
        _ranks = tensorParallel;
        _life = new Lifeline(names, shard);
        _step = new ShardStep(_life, stepTimeout, spin);
    }

    public int Shard => _shard;

    public Task<PeerException> Broken => _life.Broken;

    private int Stage => _shard / _ranks;

    /// <summary>Ties two shards of this process: as ranks of one stage, or as neighbouring stages.</summary>
    public static void TieLocally(PeerBuilder low, PeerBuilder high)
    {
        if (low.Stage == high.Stage)
        {
            var (ofLow, ofHigh) = LocalChannel.Between(low._life, high._life, low._ranks);
            low._channels.Add(ofLow);
            high._channels.Add(ofHigh);
        }
        else
        {
            low._next = new FrameQueue(low._life.Bell, high._life.Bell);
            high._previous = new LocalStageSource(low._next, low._shard, high._life, high._step);
        }

        low._life.Add(new LocalTie(high._life));
        high._life.Add(new LocalTie(low._life));
    }

    /// <summary>Ties the shard to one of another process, over connections that both sides have proved to own; they are closed with the tie.</summary>
    /// <param name="data">Blocking, never used asynchronously.</param>
    public void TieRemotely(int peer, Connection data, Connection watch)
    {
        var tie = new RemoteTie(_life, peer, data, watch);
        var sendsHiddenStates = peer / _ranks > Stage;
        data.Socket.Blocking = sendsHiddenStates;
        data.Socket.SendTimeout = 0;
        if (sendsHiddenStates)
        {
            var writer = new StageWriter(tie, _life.Bell);
            _next = writer.Queue;
            _life.Add(writer);
            writer.Start();
        }
        else if (peer / _ranks < Stage)
        {
            var source = new RemoteStageSource(tie, _life, _step);
            _previous = source;
            _step.Sockets.Add(source);
        }
        else
        {
            var channel = new RemoteChannel(tie, _life, peer % _ranks);
            _channels.Add(channel);
            _step.Sockets.Add(channel);
        }

        _life.Add(tie);
        tie.Start();
    }

    /// <summary>Breaks the ties that are there already.</summary>
    public void Abandon(string reason)
    {
        _life.Break(new Fault(FaultKind.Closed, _shard, $"{_life.Names[_shard]} {reason}"));
        _life.Release();
    }

    public ShardPeers Build()
    {
        var rank = _shard % _ranks;
        var collectives = new Collectives(rank, [.. _channels.OrderBy(channel => channel.Rank)], _life, _step);
        return new ShardPeers(_life, _step, collectives, new StageLinks(_previous, _next, _shard - rank + _ranks, _step), rank, _ranks);
    }
}

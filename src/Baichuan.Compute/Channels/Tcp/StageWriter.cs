using System.Net.Sockets;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>Sends the frames of a <see cref="FrameQueue"/> to the next stage on a thread of its own, while the shard's thread is at its next step.</summary>
internal sealed class StageWriter : ITie
{
    private readonly RemoteTie _tie;
    private readonly Doorbell _bell = new();
    private volatile bool _isOver;

    public StageWriter(RemoteTie tie, Doorbell filler)
    {
        _tie = tie;
        Queue = new FrameQueue(filler, _bell);
    }

    public FrameQueue Queue { get; }

    public void Start() => new Thread(Run) { IsBackground = true, Name = $"Hidden states to shard {_tie.Peer}" }.Start();

    public void Break(Fault fault)
    {
        _isOver = true;
        _bell.Ring();
    }

    public void Dispose()
    {
        // The thread has ended with the break, the connection belongs to the tie.
    }

    private void Run()
    {
        while (true)
        {
            var rings = _bell.Rings;
            if (_isOver)
                return;
            if (Queue.HasFrame)
                SendOldest();
            else
                _bell.Sleep(rings, Timeout.InfiniteTimeSpan);
        }
    }

    private void SendOldest()
    {
        try
        {
            for (var frame = Queue.Oldest; frame.Length > 0;)
            {
                frame = frame[_tie.Data.Send(frame, out var error)..];
                if (error != SocketError.Success)
                    throw new SocketException((int)error);
            }

            Queue.Remove();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _isOver = true;
            _tie.Lose();
        }
    }
}

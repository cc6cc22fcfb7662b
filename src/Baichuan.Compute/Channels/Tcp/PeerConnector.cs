using System.Net;

namespace Baichuan.Compute.Channels.Tcp;

/// <summary>Carries out one order: attends at the meeting point, calls the higher shards of other processes, and waits until every tie is there.</summary>
internal sealed class PeerConnector
{
    private readonly DataListener _listener;
    private readonly PeerConnectOrder _order;
    private readonly IPEndPoint[] _endpoints; // by shard
    private readonly PeerNames _names;
    private readonly PeerBuilder _builder;
    private readonly Attendance _attendance;
    private readonly int[] _calls; // peers that this shard connects to

    public PeerConnector(DataListener listener, PeerConnectOrder order, IPEndPoint[] endpoints)
    {
        (_listener, _order, _endpoints) = (listener, order, endpoints);
        _names = new PeerNames(order.TensorParallel, order.Endpoints.Select(endpoint => $"at {endpoint}"));
        _builder = new PeerBuilder(_names, order.ShardIndex, order.TensorParallel, order.StepTimeout, order.Spin);
        var peers = PeerPairs.Of(order.TensorParallel, order.PipelineParallel)
            .Where(pair => pair.Low == order.ShardIndex || pair.High == order.ShardIndex)
            .Select(pair => pair.Low == order.ShardIndex ? pair.High : pair.Low)
            .ToLookup(IsLocal);
        _attendance = new Attendance(EpochKey.Of(order.ReplicaId, order.Epoch), order.Secret, _builder, localPeers: peers[true], remotePeers: peers[false]);
        _calls = [.. peers[false].Where(peer => peer > order.ShardIndex)];
    }

    public async Task<ShardPeers> ConnectAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_order.ConnectTimeout);
        _listener.Meetings.Attend(_attendance);
        var calls = Task.Factory.StartNew(() => Call(limit.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await AllThereAsync().WaitAsync(limit.Token);
            return _builder.Build();
        }
        catch (Exception e)
        {
            var missing = _listener.Meetings.Leave(_attendance);
            _builder.Abandon("could not be tied to all its peers");
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested)
                throw NotThere(missing);
            throw;
        }
        finally
        {
            limit.Cancel();
            await calls;
            _listener.Meetings.Leave(_attendance);
        }
    }

    private async Task AllThereAsync()
    {
        if (await Task.WhenAny(_attendance.Complete, _builder.Broken) == _builder.Broken)
            throw await _builder.Broken;
        await _attendance.Complete;
    }

    /// <summary>Blocking, on a thread of its own; what goes wrong fails the attendance.</summary>
    private void Call(CancellationToken cancellation)
    {
        try
        {
            foreach (var peer in _calls)
            {
                Call(peer, Line.Data, cancellation);
                Call(peer, Line.Watch, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // Out of time, or not wanted any more.
        }
        catch (Exception e)
        {
            _attendance.Fail(e);
        }
    }

    private void Call(int peer, Line line, CancellationToken cancellation)
    {
        var greeting = new Greeting(line, _order.ShardIndex, peer, _attendance.Epoch);
        var connection = Caller.Connect(_endpoints[peer], greeting, _order.Secret, _names[peer], _listener.Limits, _listener.Tls, cancellation);
        if (!_listener.Meetings.HandOver(_attendance, peer, line, connection))
            connection.Dispose();
    }

    private bool IsLocal(int peer) => _endpoints[peer].Equals(_endpoints[_order.ShardIndex]);

    private PeerException NotThere(IReadOnlyList<int> missing)
    {
        var all = string.Join(", ", missing.Select(peer => _names[peer]));
        var first = missing.DefaultIfEmpty(_order.ShardIndex).First();
        return new(first, _names[first], $"Not there within {_order.ConnectTimeout.TotalSeconds} s: {all}; epoch {_order.Epoch} cannot begin.");
    }
}

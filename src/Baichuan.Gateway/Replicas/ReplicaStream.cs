using System.Threading.Channels;
using Baichuan.Cluster.Abstractions.Streams;

namespace Baichuan.Gateway.Replicas;

/// <summary>
/// A stream that is open at one replica. The replica's pump writes, under its lock; the request's handler reads. When too much waits in between, because the client does
/// not read, the sequence is parked: given up at the replica, as if that had lost it, and submitted again when the handler has come to the end of what waits.
/// </summary>
internal sealed class ReplicaStream(ReplicaPump pump, ulong number, int received)
{
    /// <summary>Tokens that may wait here, beside those in the buffers of the connection: some seconds of a fast stream.</summary>
    private const int MostUnread = 256;

    private readonly Channel<StreamNews> _news = Channel.CreateUnbounded<StreamNews>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private int _unread; // tokens

    /// <summary>Its number at the replica.</summary>
    public ulong Number { get; } = number;

    /// <summary>Tokens that have arrived, those before a resubmission included: the index of the next.</summary>
    public int Received { get; private set; } = received;

    /// <summary>What its tokens are computed with.</summary>
    public string Profile { get; init; } = "";

    /// <summary>Another stream of its request, or an earlier one, has begun on this profile.</summary>
    public bool MustKeepProfile { get; init; }

    /// <summary>No replica of another profile may go on with it.</summary>
    public bool IsBound => MustKeepProfile || Received > 0;

    public ReplicaPump Pump { get; } = pump;

    /// <summary>The replica's number.</summary>
    public int Replica => Pump.Index;

    /// <summary>What is next; the last news has an end.</summary>
    public async ValueTask<StreamNews> ReadAsync(CancellationToken cancellationToken)
    {
        var news = await _news.Reader.ReadAsync(cancellationToken);
        Interlocked.Add(ref _unread, -news.Tokens.Length);
        return news;
    }

    /// <summary>
    /// Takes what is new in an update. Tokens that were there are skipped; tokens after a gap are left, as the next cursor asks for the missing ones.
    /// </summary>
    /// <returns>Whether the stream is over, or is parked.</returns>
    public bool Accept(StreamUpdates updates, in StreamUpdate update)
    {
        if (update.End == StreamEnd.Unknown)
        {
            Lose();
            return true;
        }

        if (update.End == StreamEnd.None && Volatile.Read(ref _unread) >= MostUnread)
        {
            Lose();
            Pump.Park(this);
            return true;
        }

        var known = Received - update.FirstIndex;
        if (known < 0 || known > update.TokenCount)
            return false;
        var tokens = Copy(updates, updates.Tokens(update)[known..]);
        Received += tokens.Length;
        Interlocked.Add(ref _unread, tokens.Length);
        var prompt = update.PromptCount > 0 && known == 0 ? Copy(updates, updates.PromptTokens(update)) : null;
        if (tokens.Length > 0 || update.End != StreamEnd.None)
            _news.Writer.TryWrite(new StreamNews(tokens, update.End, update.CachedTokens, prompt));
        return update.End != StreamEnd.None;
    }

    /// <summary>The replica lost the stream, or was lost itself.</summary>
    public void Lose() => _news.Writer.TryWrite(new StreamNews([], StreamEnd.Unknown));

    /// <summary>The handler needs nothing more: unless the stream is over, the replica is told to stop.</summary>
    public void Close() => Pump.Close(this);

    private static ReceivedToken[] Copy(StreamUpdates updates, ReadOnlySpan<StreamToken> tokens)
    {
        var copies = new ReceivedToken[tokens.Length];
        for (var i = 0; i < copies.Length; i++)
            copies[i] = new ReceivedToken(tokens[i].Token, tokens[i].Logprob, updates.TopLogprobs(tokens[i]).ToArray());
        return copies;
    }
}

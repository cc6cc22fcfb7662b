using System.Threading.Channels;
using Baichuan.Cluster.Abstractions.Streams;

namespace Baichuan.Gateway.Replicas;

/// <summary>
/// A stream that is open at one replica. The replica's pump writes, under its lock; the request's handler reads. What waits in between is bounded by the
/// request's max_tokens.
/// </summary>
internal sealed class ReplicaStream(ReplicaPump pump, ulong number, int received)
{
    private readonly Channel<StreamNews> _news = Channel.CreateUnbounded<StreamNews>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    /// <summary>Its number at the replica.</summary>
    public ulong Number { get; } = number;

    /// <summary>Tokens that have arrived, those before a resubmission included: the index of the next.</summary>
    public int Received { get; private set; } = received;

    public ReplicaPump Pump { get; } = pump;

    /// <summary>The replica's number.</summary>
    public int Replica => Pump.Index;

    /// <summary>What is next; the last news has an end.</summary>
    public ValueTask<StreamNews> ReadAsync(CancellationToken cancellationToken) => _news.Reader.ReadAsync(cancellationToken);

    /// <summary>
    /// Takes what is new in an update. Tokens that were there are skipped; tokens after a gap are left, as the next cursor asks for the missing ones.
    /// </summary>
    /// <returns>Whether the stream is over.</returns>
    public bool Accept(StreamUpdates updates, in StreamUpdate update)
    {
        if (update.End == StreamEnd.Unknown)
        {
            Lose();
            return true;
        }

        var known = Received - update.FirstIndex;
        if (known < 0 || known > update.TokenCount)
            return false;
        var tokens = Copy(updates, updates.Tokens(update)[known..]);
        Received += tokens.Length;
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

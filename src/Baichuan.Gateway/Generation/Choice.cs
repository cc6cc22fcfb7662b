using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Replicas;
using Baichuan.Gateway.Requests;
using Baichuan.Model.Text;
using Baichuan.V1;

namespace Baichuan.Gateway.Generation;

/// <summary>One of the completions that a request asks for, and the stream that it comes from. One caller at a time.</summary>
internal sealed class Choice(GenerationRequest request, int index, TextTokenizer tokenizer)
{
    private ReplicaStream? _stream;
    private bool _isBound = request.Profile.Length > 0;

    /// <summary>The request as one for this completion alone.</summary>
    public GenerationRequest Request { get; } = request;

    public int Index { get; } = index;

    public Completion Completion { get; } = new(request, tokenizer);

    /// <summary>What its tokens are computed with, once it is placed.</summary>
    public string Profile { get; private set; } = request.Profile;

    /// <summary>The only profile that may go on with it; empty: it has no tokens yet, and may go anywhere.</summary>
    public string BoundTo => _isBound || Completion.Received.Count > 0 ? Profile : "";

    /// <summary>What went wrong, where the reason is that.</summary>
    public GenerationError? Error { get; private set; }

    /// <summary>A replica has taken it, for the first time or again.</summary>
    public void OnPlaced(ReplicaStream stream)
    {
        (_stream, Profile) = (stream, stream.Profile);
        Request.Turn?.OnPlaced(stream.Replica);
    }

    /// <summary>Several completions of a request are all computed by one profile, which the last event names.</summary>
    public void Bind(string profile) => (_isBound, Profile) = (true, profile);

    /// <summary>Waits for what is next.</summary>
    /// <returns>Whether the replica still has it; if not, it is to be placed again.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var news = await _stream!.ReadAsync(cancellationToken);
        if (news.End == StreamEnd.Unknown)
            return false;
        Completion.Push(news);
        return true;
    }

    public void Fail(GenerationError error)
    {
        Completion.End(FinishReason.Error);
        Error = error;
    }

    /// <summary>Nothing more is needed of its replica.</summary>
    public void Close() => _stream?.Close();
}

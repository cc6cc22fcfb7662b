namespace Baichuan.Testing.Histories;

/// <summary>One event of one stream, as its client saw it: a line of a history.</summary>
internal sealed record HistoryEvent
{
    /// <summary>Name of the stream, its own in the whole history.</summary>
    public required string Stream { get; init; }

    /// <summary>Name of the request that it answers, as the reference knows it.</summary>
    public required string Request { get; init; }

    /// <summary>Since the history began.</summary>
    public required double Seconds { get; init; }

    public required HistoryKind Kind { get; init; }

    /// <summary>Index in the completion of the first token here.</summary>
    public int First { get; init; }

    public IReadOnlyList<int> Tokens { get; init; } = [];

    public string Text { get; init; } = "";

    /// <summary>What the bytes depend on, as the first and the last event say.</summary>
    public string Profile { get; init; } = "";

    /// <summary>Why the stream finished or broke.</summary>
    public string Reason { get; init; } = "";
}

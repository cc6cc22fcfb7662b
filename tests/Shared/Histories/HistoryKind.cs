namespace Baichuan.Testing.Histories;

/// <summary>What a client saw.</summary>
internal enum HistoryKind
{
    /// <summary>The first event: the request was accepted.</summary>
    Started,

    Tokens,

    /// <summary>The last event.</summary>
    Finished,

    /// <summary>No last event came: the call ended with an error.</summary>
    Broken,
}

namespace Baichuan.Gateway.OperatorConsole;

/// <summary>What happened at a gateway in a few seconds. Used again and again.</summary>
internal sealed class TrafficSlice
{
    /// <summary>Number of the slice since the gateway started; -1: it has not been used.</summary>
    public long Number { get; private set; } = -1;

    public int PromptTokens { get; set; }

    public int CompletionTokens { get; set; }

    /// <summary>Requests that ended as they should.</summary>
    public int Done { get; set; }

    /// <summary>Requests that were refused or ended by an error.</summary>
    public int Failed { get; set; }

    public LatencyCounts FirstToken { get; } = new();

    public LatencyCounts InterToken { get; } = new();

    public void Begin(long number)
    {
        (Number, PromptTokens, CompletionTokens, Done, Failed) = (number, 0, 0, 0, 0);
        FirstToken.Clear();
        InterToken.Clear();
    }
}

namespace Baichuan.Scheduling;

/// <summary>Why a sequence ended; every accepted request ends with exactly one.</summary>
public enum FinishReason
{
    /// <summary>The last token is one of its stop tokens, or the gateway found a stop string in the text.</summary>
    Stop,

    /// <summary>It has as many tokens as it asked for; together with the prompt, they never exceed the context.</summary>
    Length,

    /// <summary>The client went away or asked for it.</summary>
    Cancelled,

    /// <summary>Its deadline passed.</summary>
    Deadline,

    /// <summary>The replica gave it up.</summary>
    Error,
}

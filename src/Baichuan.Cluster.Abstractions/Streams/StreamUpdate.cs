using System.Runtime.InteropServices;

namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>What is new of one stream.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StreamUpdate
{
    public ulong Stream;

    /// <summary>Completion index of the first token here, from 0.</summary>
    public int FirstIndex;

    public int TokenOffset;

    /// <summary>Tokens in <see cref="StreamUpdates.Tokens"/>.</summary>
    public int TokenCount;

    public StreamEnd End;

    /// <summary>Prompt tokens that came from the prefix cache when the sequence first ran; final once the stream has a token.</summary>
    public int CachedTokens;

    /// <summary>Tokens of the prompt, from its second on, in <see cref="StreamUpdates.PromptTokens"/>; they come with the first token, where they were asked for.</summary>
    public int PromptCount;
}

using System.Runtime.InteropServices;

namespace Baichuan.Cluster.Abstractions.Streams;

/// <summary>A generated token.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StreamToken
{
    public int Token;

    /// <summary>0 where log-probabilities were not asked for.</summary>
    public float Logprob;

    public int TopOffset;

    /// <summary>Likeliest tokens in <see cref="StreamUpdates.TopLogprobs"/>.</summary>
    public int TopCount;
}

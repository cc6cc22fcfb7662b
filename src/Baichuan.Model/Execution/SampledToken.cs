using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>A drawn token.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SampledToken
{
    public int Sequence;

    /// <summary>The position that the token takes: one after the last row of its chunk.</summary>
    public int Position;

    public int Token;

    /// <summary>Natural logarithm of its probability before penalties and temperature; 0 where log-probabilities were not asked for.</summary>
    public float Logprob;

    /// <summary>The likeliest tokens, in <see cref="StepResult.TopLogprobs"/>, likeliest first.</summary>
    public int TopOffset;

    /// <inheritdoc cref="TopOffset"/>
    public int TopCount;
}

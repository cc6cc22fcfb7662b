using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>A sequence enters the running set, for the first time or again: the whole token list and how to sample from it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Admission
{
    public int Sequence;

    /// <summary>Tokens of the original prompt; what follows in the list was generated.</summary>
    public int PromptLength;

    /// <summary>Most tokens that the sequence can ever have.</summary>
    public int MaxLength;

    /// <summary>The known tokens, in <see cref="StepBatch.AdmittedTokens"/>.</summary>
    public int TokenOffset;

    /// <inheritdoc cref="TokenOffset"/>
    public int TokenCount;

    /// <summary>Tokens that end the sequence and are impossible before <see cref="SamplingSettings.MinTokens"/>, in <see cref="StepBatch.StopTokens"/>.</summary>
    public int StopOffset;

    /// <inheritdoc cref="StopOffset"/>
    public int StopCount;

    /// <summary>Biases of its logits, in <see cref="StepBatch.Biases"/>.</summary>
    public int BiasOffset;

    /// <inheritdoc cref="BiasOffset"/>
    public int BiasCount;

    public SamplingSettings Sampling;
}
